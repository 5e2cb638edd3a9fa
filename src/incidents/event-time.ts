import type { Signal } from '../signals/signal.ts'

/** When what it tells of happened; null: it tells of no event. */
export function eventTime({ facts, intent, at }: Signal): number | null {
  return facts.eventAt ?? (intent === 'alert' || intent === 'count' ? at : null)
}
