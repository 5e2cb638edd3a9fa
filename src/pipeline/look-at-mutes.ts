import { setImmediate } from 'node:timers/promises'
import type { Change } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { Revision } from '../rules/rules-document.ts'
import type { AnnounceEnds } from './announce-ends.ts'
import { type Covers, silencedBy } from './covers.ts'
import type { Inhibitors } from './inhibitors.ts'

export interface LookAtMutesDeps {
  covers: Covers
  inhibitors: Inhibitors
  incidents: Pick<IncidentStore, 'openIds' | 'readMany'>
  announce: AnnounceEnds
  apply(id: string, change: Change): Promise<unknown>
  rules(): Revision
  clock: Clock
  log: Log
}

/** An incident may become, or stop being, what a silence means: then it is seen within this time. */
const EVERY_MS = 60_000
const AT_ONCE = 200
const MANY = 50

/**
 * Silences begin, end and change, windows come round, and rules are edited: whenever what keeps quiet is not what it was at
 * the last look, every open incident is held against it; once a minute besides, while there is any. Each process looks;
 * what one of them does the next finds done.
 */
export function createLookAtMutes(deps: LookAtMutesDeps) {
  let seen = ''
  let lookedAt = Number.NEGATIVE_INFINITY
  let changedAt = Number.NEGATIVE_INFINITY
  let running: Promise<void> | null = null

  async function round(): Promise<void> {
    const now = deps.clock.now()
    const covers = await deps.covers.active(now)
    const { number, document } = deps.rules()
    const nothing = covers.length === 0 && document.inhibitions.length === 0
    const is = JSON.stringify([number, covers])
    const recently = lookedAt <= now && now - lookedAt < EVERY_MS
    if (is !== seen) changedAt = now
    // What was asked before the change may be committed after it: once nothing keeps quiet any more, one more look finds it.
    const done = nothing && lookedAt - changedAt >= EVERY_MS
    if (is === seen && (recently || done)) return
    const ids = await deps.incidents.openIds()
    const under = new Map<string, Incident[]>()
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      for (const incident of await deps.incidents.readMany(ids.slice(at, at + AT_ONCE))) {
        const cover = silencedBy(incident, covers, now)
        if (cover?.through?.kind === 'silence' && speaksAfter(incident, cover.until))
          under.set(cover.through.id, [...(under.get(cover.through.id) ?? []), incident])
        await guarded(incident, () => one(incident, cover, now))
        // A thousand silences are milliseconds for each incident: signals and pages go in between.
        if (covers.length > MANY) await setImmediate()
      }
    }
    await deps.announce(under, now)
    // Only now: a round that failed is made again.
    seen = is
    lookedAt = now
  }

  async function one(incident: Incident, cover: Incident['silenced'], now: number): Promise<void> {
    if (incident.status === 'resolved') return
    const { through, until, reason } = incident.silenced ?? {}
    const same =
      through?.id === cover?.through?.id && (cover === null || (until === cover.until && reason === cover.reason))
    // A person's own silence goes first, and what is archived is told to nobody anyway.
    const isTheirs = incident.silenced !== null && through === undefined
    if (!same && !isTheirs && incident.muted === null)
      await deps.apply(incident.id, { kind: 'covered', cover, at: now })
    if (deps.rules().document.inhibitions.length > 0) await deps.inhibitors.place(incident)
    if (await deps.inhibitors.isFree(incident)) {
      const why = `${incident.quiet?.speaker} no longer speaks for it, and it is still open`
      await deps.apply(incident.id, { kind: 'speaks', reason: why, at: now })
    }
  }

  async function guarded({ id }: Incident, work: () => Promise<void>): Promise<void> {
    await work().catch(error => {
      deps.log.warn({ err: error, incident: id }, 'what keeps it quiet could not be looked at; tried again in a minute')
    })
  }

  /** One round at a time; one that is asked for meanwhile is made after it, as it may not have seen what has changed. */
  return async function lookAtMutes(): Promise<void> {
    while (running !== null) await running
    running = round()
      .catch(error =>
        deps.log.warn({ err: error }, 'what keeps incidents quiet could not be looked at; tried again shortly'),
      )
      .finally(() => {
        running = null
      })
    await running
  }
}

/** Whoever answers for it is not told, nor is anybody of what is archived, held back, or silenced by a person for longer. */
function speaksAfter({ status, muted, quiet, silenced }: Incident, until: number): boolean {
  const longer = silenced !== null && silenced.through === undefined && silenced.until > until
  return status === 'triggered' && muted === null && quiet === null && !longer
}
