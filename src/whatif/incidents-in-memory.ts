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
/** Signals that were taken in; more than any burst repeats. */
const MOST_APPLIED = 10_000

/**
 * Incidents and their notifications for a flow that is only thought through: the same promises as the real stores, kept in
 * memory and gone with it. What is owed counts as delivered at once. `onChange`: told of every incident as it is now.
 */
export function createIncidentsInMemory(beneath: Beneath | null, onChange: (incident: Incident) => void = () => {}) {
  const incidents = new Map<string, Incident>()
  const told = new Map<string, Notification[]>()
  const applied = new Map<string, string>()
  const cleared = new Map<string, number>()

  async function read(id: string): Promise<Incident | null> {
    return incidents.get(id) ?? (beneath === null ? null : beneath.incidents.read(id))
  }

  async function list(id: string): Promise<Notification[]> {
    return told.get(id) ?? (beneath === null ? [] : beneath.notifications.list(id))
  }

  async function commit({ expected, next, owed, signal }: Commit) {
    const outcome = signal === null ? undefined : applied.get(`${next.id} ${signal.id}`)
    if (outcome !== undefined) return { committed: false as const, because: 'applied' as const, outcome }
    if (((await read(next.id))?.rev ?? 0) !== expected) return { committed: false as const, because: 'stale' as const }
    incidents.set(next.id, next)
    const news = (owed as unknown as Notification[]).filter(({ kind }) => REMEMBERED.includes(kind))
    if (news.length > 0) told.set(next.id, [...(await list(next.id)), ...news.map(delivered)].slice(-MOST_TOLD))
    if (signal !== null) {
      applied.set(`${next.id} ${signal.id}`, signal.outcome)
      // The oldest are first in a Map.
      if (applied.size > MOST_APPLIED) applied.delete(applied.keys().next().value ?? '')
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
      applied: async (id: string, signal: string) => applied.get(`${id} ${signal}`) ?? null,
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
