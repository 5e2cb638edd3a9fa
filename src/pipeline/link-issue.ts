import type { IncidentStore } from '../incidents/incident-store.ts'
import { incidentId, incidentKey } from '../signals/dedup-key.ts'
import type { Signal } from '../signals/signal.ts'
import type { createApplyChange } from './apply-change.ts'
import type { createFindSubject } from './find-subject.ts'
import type { createHandleSignal } from './handle-signal.ts'

export interface LinkDeps {
  incidents: Pick<IncidentStore, 'read'>
  apply: ReturnType<typeof createApplyChange>
  handleSignal: ReturnType<typeof createHandleSignal>
  findSubject: ReturnType<typeof createFindSubject>
}

/** What Sentry's sidebar is to show, or why there is nothing to show. */
export type Linked = { incident: string; project: string | null } | { refused: string }

/**
 * Sentry's sidebar: an issue is linked to an incident that is there, or gets one. The same call told twice is noted
 * once (by the signal's id), and a secret speaks only for its own source.
 */
export function createLinkIssue(deps: LinkDeps) {
  const { incidents, apply, handleSignal } = deps

  /** The incident that speaks of that issue, if there is one: a metric issue's is its monitor's. */
  async function ownOf(signal: Signal): Promise<{ id: string; known: boolean }> {
    const asked = await deps.findSubject({ ...signal, facts: { ...signal.facts, category: 'metric' } })
    const id = incidentId(incidentKey(asked.source, asked.subject) ?? '')
    return { id, known: (await incidents.read(id)) !== null }
  }

  async function note(id: string, signal: Signal, words: string | null, other: string | null): Promise<Linked> {
    await apply(id, { kind: 'linked', signal: { ...signal, id: `link-${signal.id}` }, note: words, incident: other })
    return { incident: id, project: (await incidents.read(id))?.project ?? null }
  }

  return {
    /** Links the issue to that incident, and the issue's own incident with it, where it is another. */
    async link(signal: Signal, incident: string): Promise<Linked> {
      const found = await incidents.read(incident)
      if (found === null || found.source !== signal.source)
        return { refused: `there is no incident ${incident}: choose one of the list` }
      const own = await ownOf(signal)
      const other = own.known && own.id !== incident ? own.id : null
      if (other !== null) await note(other, signal, null, incident)
      return note(incident, signal, null, other)
    },

    /** The issue's own incident; where there is none yet, one is opened by judging the issue as if an alert had named it. */
    async create(signal: Signal, words: string | null): Promise<Linked> {
      const own = await ownOf(signal)
      if (own.known) return note(own.id, signal, words, null)
      const { incident, reason } = await handleSignal(signal)
      return incident === null ? { refused: `no incident was opened: ${reason}` } : note(incident, signal, words, null)
    },
  }
}
