import type { Incident } from '../incidents/incident.ts'
import type { Notification } from './notification.ts'
import type { OweContext } from './wanted.ts'
import { isNews, NEWS } from './where-told.ts'

/**
 * Would a page that is now owed wake nobody? So it is where somebody was paged in this generation and it was answered since:
 * a trigger only adds to an alert that is open (developer-docs events-API-v2/02-Trigger-Events), and one that is
 * acknowledged calls nobody again.
 */
export function wakesNobody(next: Incident, owed: readonly Notification[], context: OweContext): boolean {
  const { generation, answeredIn } = next
  if (answeredIn !== generation) return false
  return owed.some(item => {
    const kind = context.kindOf(item.destination)
    if (kind === null || !context.pages(kind) || !NEWS.includes(item.kind) || item.generation !== generation)
      return false
    return context.earlier.some(
      one => isNews(one) && one.destination === item.destination && one.generation === generation,
    )
  })
}
