import type { Notification, NotificationKind } from '../deliver/notification.ts'
import type { NotificationStore } from '../deliver/notification-store.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Commit, IncidentStore } from '../incidents/incident-store.ts'

/** What is read through to when nothing was changed here: the real stores, never written to. */
export interface Beneath {
  incidents: Pick<IncidentStore, 'read' | 'whenClearedEarly'>
  notifications: Pick<NotificationStore, 'list'>
}

export type IncidentsInMemory = ReturnType<typeof createIncidentsInMemory>

/** What decides later about who is told: edits and lines in threads do not. */
const REMEMBERED: readonly NotificationKind[] = ['open', 'raise', 'step', 'fallback', 'resolve']
/** Of an incident: what is older belongs to lives that have long ended. */
const MOST_TOLD = 50
/** From here on what was closed in earlier lives is forgotten: everything told is looked through at each change. */
const MANY_TOLD = 8
/** Signals that were taken in; more than any burst repeats. */
const MOST_APPLIED = 10_000

/**
 * Incidents and their notifications for a flow that is only thought through: the same promises as the real stores, kept in
 * memory and gone with it. What is owed counts as delivered at once. `onChange`: told of every incident as it is now.
 */
export function createIncidentsInMemory(beneath: Beneath | null, onChange: (incident: Incident) => void = () => {}) {
  const incidents = new Map<string, Incident>()
  const told = new Map<string, Notification[]>()
  // Two halves, of which the older is let go as a whole: a Map whose first entry is taken again and again becomes slow.
  let applied = new Map<string, string>()
  let earlier = new Map<string, string>()
  const outcomeOf = (id: string, signal: string) => applied.get(`${id} ${signal}`) ?? earlier.get(`${id} ${signal}`)
  const cleared = new Map<string, number>()

  async function read(id: string): Promise<Incident | null> {
    return incidents.get(id) ?? (beneath === null ? null : beneath.incidents.read(id))
  }

  async function list(id: string): Promise<Notification[]> {
    return told.get(id) ?? (beneath === null ? [] : beneath.notifications.list(id))
  }

  async function commit({ expected, next, owed, signal }: Commit) {
    const outcome = signal === null ? undefined : outcomeOf(next.id, signal.id)
    if (outcome !== undefined) return { committed: false as const, because: 'applied' as const, outcome }
    const known = incidents.get(next.id) ?? (await read(next.id))
    if ((known?.rev ?? 0) !== expected) return { committed: false as const, because: 'stale' as const }
    incidents.set(next.id, next)
    const news = (owed as unknown as Notification[]).filter(({ kind }) => REMEMBERED.includes(kind))
    if (news.length > 0) {
      const all = [...(await list(next.id)), ...news.map(delivered)]
      told.set(next.id, all.length > MANY_TOLD ? stillAsked(all, next).slice(-MOST_TOLD) : all)
    }
    if (signal !== null) {
      applied.set(`${next.id} ${signal.id}`, signal.outcome)
      if (applied.size > MOST_APPLIED / 2) [earlier, applied] = [applied, new Map()]
    }
    onChange(next)
    return { committed: true as const }
  }

  return {
    incidents: {
      read,
      async readMany(ids: readonly string[]) {
        const found = await Promise.all(ids.map(read))
        return found.filter(incident => incident !== null)
      },
      applied: async (id: string, signal: string) => outcomeOf(id, signal) ?? null,
      commit,
      async clearedEarly(id: string, cause: string, at: number) {
        cleared.set(`${id} ${cause}`, Math.max(at, cleared.get(`${id} ${cause}`) ?? 0))
      },
      async whenClearedEarly(id: string, cause: string) {
        return (
          cleared.get(`${id} ${cause}`) ?? (beneath === null ? null : beneath.incidents.whenClearedEarly(id, cause))
        )
      },
      /** Nothing is sent, so nothing is ever left over. */
      markDirty: async () => 0,
      index: async () => {},
    },
    notifications: { list, index: async () => {} },
  }
}

function delivered(owed: Notification): Notification {
  return { ...owed, status: 'sent', attempts: 1, settledAt: owed.owedAt }
}

/** What was told in this life, and pages of earlier ones that nothing has closed; and the last, after which is counted on. */
function stillAsked(all: readonly Notification[], { generation, openedAt }: Incident): Notification[] {
  const closed = new Set<string>()
  const place = (one: Notification) => `${one.generation} ${one.destination}`
  const asked: Notification[] = []
  for (const one of all.toReversed()) {
    const ofNow = one.generation === generation || one.owedAt >= openedAt || asked.length === 0
    if (ofNow || (one.kind !== 'resolve' && !closed.has(place(one)))) asked.push(one)
    if (one.kind === 'resolve') closed.add(place(one))
  }
  return asked.reverse()
}
