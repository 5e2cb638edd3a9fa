import { setTimeout as sleep } from 'node:timers/promises'
import type { Notification } from '../deliver/notification.ts'
import type { NotificationStore } from '../deliver/notification-store.ts'
import type { Act, Actor } from '../incidents/act.ts'
import type { Action } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { createApplyChange } from './apply-change.ts'

export interface ActOnDeps {
  incidents: Pick<IncidentStore, 'read'>
  notifications: Pick<NotificationStore, 'list'>
  apply: ReturnType<typeof createApplyChange>
  clock: Clock
}

export interface ActRequest {
  incident: string
  act: Act
  actor: Actor
  /** Names the deciding: the same one counts once, however often it is told. */
  id: string
  /** When it was decided, ms; absent: now. */
  at?: number
  /** How long to wait for those who are to be told, ms; absent: not at all. */
  waitMs?: number
}

/** Whether somewhere else knows of it by now. `owed`: it is still being tried. `not-needed`: nothing was to be said there. */
export interface Reflected {
  where: string
  what: Notification['kind']
  status: 'told' | 'owed' | 'failed' | 'not-needed'
  error: string | null
}

export interface ActOutcome {
  /** False: it was so already, or it cannot be; `reason` says which. */
  changed: boolean
  action: Action
  reason: string
  /** It had been decided under this id before: what came of it then is told again. */
  repeated: boolean
  incident: Incident
  reflected: Reflected[]
}

export type ActOn = (request: ActRequest) => Promise<ActOutcome | null>

const LOOK_EVERY_MS = 25

/**
 * What a person decided, wherever they said it (REST, Slack, PagerDuty): applied once, and told everywhere else. Answers
 * what came of it and where it could not be told yet; null: there is no such incident. Throws when Redis does.
 */
export function createActOn(deps: ActOnDeps): ActOn {
  return async ({ incident: id, act, actor, id: name, at, waitMs = 0 }) => {
    const applied = await deps.apply(id, { kind: 'act', id: name, act, actor, at: at ?? deps.clock.now() })
    const owed = new Set(applied.owed ?? [])
    const told = owed.size === 0 ? [] : await whatBecame(id, owed, waitMs)
    const incident = await deps.incidents.read(id)
    if (incident === null) return null
    return {
      changed: applied.action !== 'none',
      action: applied.action,
      reason: applied.reason,
      repeated: applied.repeated,
      incident,
      reflected: told.map(reflectedIn),
    }
  }

  /** By counting looks, not by the clock: people wait real time, whatever the clock says. */
  async function whatBecame(incident: string, owed: ReadonlySet<string>, waitMs: number): Promise<Notification[]> {
    for (let waited = 0; ; waited += LOOK_EVERY_MS) {
      const mine = (await deps.notifications.list(incident)).filter(item => owed.has(item.id))
      const failing = (item: Notification) => item.status === 'owed' && item.error !== null
      const open = mine.some(item => (item.status === 'owed' || item.status === 'sending') && !failing(item))
      if (!open || waited >= waitMs) return mine
      await sleep(LOOK_EVERY_MS)
    }
  }
}

function reflectedIn({ destination, kind, status, error, reason }: Notification): Reflected {
  const where = { where: destination, what: kind }
  switch (status) {
    case 'sent':
      return { ...where, status: 'told', error: null }
    case 'dropped':
      return { ...where, status: 'not-needed', error: reason }
    case 'dead':
      return { ...where, status: 'failed', error: error?.message ?? reason }
    default:
      return { ...where, status: 'owed', error: error?.message ?? null }
  }
}
