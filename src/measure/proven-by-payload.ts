import { isDataLoss } from '../signals/data-loss.ts'
import type { Signal } from '../signals/signal.ts'

/** Does the payload alone prove what it says? Data loss, and a crash-free alert with its value: a page does not wait for Sentry. */
export function provenByPayload(signal: Signal): boolean {
  if (signal.origin === 'monitor') return false
  if (isDataLoss(signal.facts.tags)) return true
  const reading = signal.metric
  return (
    reading !== null &&
    reading.value !== null &&
    reading.status !== 'resolved' &&
    reading.measures.startsWith('crash-free')
  )
}
