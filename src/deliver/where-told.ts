import type { Incident } from '../incidents/incident.ts'
import type { Notification, NotificationKind } from './notification.ts'
import type { OweContext, Wanted } from './wanted.ts'

/** The news of this life of the incident, one for each time somewhere was told, or is about to be. */
export function newsOf(incident: Incident, context: OweContext): Notification[] {
  const { generation, openedAt } = incident
  return context.earlier.filter(item => isNews(item) && (item.generation === generation || isOfThisLife(item)))

  /** Paged again within one life: posts of an earlier generation are still about it. Its pages are closed by then. */
  function isOfThisLife({ destination, owedAt }: Notification): boolean {
    const kind = context.kindOf(destination)
    return owedAt >= openedAt && kind !== null && !context.pages(kind)
  }
}

export type Place = Pick<Wanted, 'destination' | 'generation'>

/** Where something was told, once for each generation it was told in, oldest first. */
export function placesOf(news: readonly Notification[], next: Incident): Place[] {
  const places = news.map(
    ({ destination, generation }): Place =>
      generation === next.generation ? { destination } : { destination, generation },
  )
  return places.filter(
    (place, index) =>
      places.findIndex(one => one.destination === place.destination && one.generation === place.generation) === index,
  )
}

export const NEWS: readonly NotificationKind[] = ['open', 'raise', 'step', 'fallback']

export function isNews(item: Notification): boolean {
  const news = NEWS.includes(item.kind)
  return news && (isAlive(item) || mayHaveArrived(item))
}

export function isAlive(item: Notification): boolean {
  return item.status !== 'dead' && item.status !== 'dropped'
}

/** A failure that may have been accepted: what is over must be said there all the same. */
export function mayHaveArrived(item: Notification): boolean {
  return item.ambiguous || item.reference !== null
}
