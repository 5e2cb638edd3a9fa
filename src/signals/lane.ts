/** Two queues: error events come by the thousand and must never delay anything that can page. */
export type Lane = 'alerts' | 'errors'

/** The lane of a delivery, by its `Sentry-Hook-Resource`: only `error` is in the errors lane. */
export function laneOf(resource: string): Lane {
  return resource === 'error' ? 'errors' : 'alerts'
}
