import type { Facts, Intent, MetricReading, Subject } from '../signals/signal.ts'

/** What one parser made of `data`: the part of a signal that depends on the resource. */
export interface Reading {
  intent: Intent
  subject: Subject
  facts: Facts
  metric: MetricReading | null
  settings: Record<string, string>
  /** When what it tells came about, if the payload says and it is no event: ms. The hook timestamp goes before it. */
  lifecycleAt: number | null
}
