import type { Notification } from './notification.ts'
import type { NotificationStore } from './notification-store.ts'

/** Every condition that is given must hold. */
export interface DeadLetterFilter {
  ids?: readonly string[] | undefined
  destination?: string | undefined
  /** ms; owed since. */
  since?: number | undefined
}

/** As many are sent again in one call: each is a round trip or three. */
export const MOST_AT_ONCE = 1_000
const LOOK_AT = 200

/** The dead letters that pass, newest first; `more`: there are others, for another call. */
export async function deadLetters(
  store: Pick<NotificationStore, 'recent' | 'find'>,
  filter: DeadLetterFilter,
): Promise<{ found: Notification[]; more: boolean }> {
  const found: Notification[] = []
  for await (const letter of candidates(store, filter)) {
    if (!passes(letter, filter)) continue
    if (found.length === MOST_AT_ONCE) return { found, more: true }
    found.push(letter)
  }
  return { found, more: false }
}

/** Named ones are looked up; else the index is read, whose order is by the time they were owed. */
async function* candidates(
  store: Pick<NotificationStore, 'recent' | 'find'>,
  { ids, since = 0 }: DeadLetterFilter,
): AsyncGenerator<Notification> {
  if (ids !== undefined) {
    const named = await Promise.all([...new Set(ids)].map(id => store.find(id)))
    yield* named.filter(item => item !== null).sort((a, b) => b.owedAt - a.owedAt)
    return
  }
  for (let offset = 0; ; offset += LOOK_AT) {
    const some = await store.recent(true, offset, LOOK_AT)
    const items = await Promise.all(some.map(id => store.find(id)))
    for (const item of items) {
      if (item === null) continue
      if (item.owedAt < since) return
      yield item
    }
    if (some.length < LOOK_AT) return
  }
}

function passes(letter: Notification, { destination, since }: DeadLetterFilter): boolean {
  return (
    letter.status === 'dead' &&
    (destination ?? letter.destination) === letter.destination &&
    letter.owedAt >= (since ?? 0)
  )
}
