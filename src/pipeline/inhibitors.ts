import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import { type Inhibited, type Inhibition, inhibits, isSource, isTarget, valuesIn } from '../mute/inhibition.ts'
import type { InhibitorPlace, InhibitorStore } from '../mute/inhibitor-store.ts'
import { readIncidentFields } from '../route/read-incident-fields.ts'
import type { Revision } from '../rules/rules-document.ts'
import { isDataLoss } from '../signals/data-loss.ts'

export interface InhibitorsDeps {
  inhibitors: InhibitorStore
  incidents: Pick<IncidentStore, 'read'>
  rules(): Revision
}

/** While the cause is open and told, its symptoms are held back. Without rules for it nothing is read or written. */
export function createInhibitors(deps: InhibitorsDeps) {
  const rules = (): readonly Inhibition[] => deps.rules().document.inhibitions

  /** Who speaks for an incident that would speak now; null: it speaks for itself. One that speaks already goes on. */
  async function quietBecause(before: Incident | null, next: Incident, now: number): Promise<Incident['quiet']> {
    if (rules().length === 0 || (before !== null && speaks(before))) return null
    const target = inhibited(next)
    for (const rule of rules()) {
      const values = isTarget(rule, target) ? valuesIn(rule, target.read) : null
      if (values === null) continue
      for (const id of await deps.inhibitors.at({ rule: rule.id, values })) {
        const source = id === next.id ? null : await deps.incidents.read(id)
        if (source === null || !holdsBack(rule, source, next)) continue
        await deps.inhibitors.wait(id, next.id)
        const reason = `inhibited by "${rule.name}"`
        return { speaker: id, reason, since: now, holds: 'everything', rule: { id: rule.id, name: rule.name } }
      }
    }
    return null
  }

  /**
   * After a commit: where it holds back others now, and, when it speaks no more, those that it held back. Also itself, when
   * its own speaker ended while it was being written down.
   */
  async function committed(next: Incident): Promise<string[]> {
    if (rules().length === 0 && next.quiet?.rule === undefined) return []
    await deps.inhibitors.place(next.id, placesOf(next), next.openedAt)
    const freed = speaks(next) ? [] : await deps.inhibitors.waiting(next.id)
    return (await isFree(next)) ? [...freed, next.id] : freed
  }

  function placesOf(incident: Incident): InhibitorPlace[] {
    if (!speaks(incident)) return []
    const source = inhibited(incident)
    return rules().flatMap(rule => {
      const values = isSource(rule, source) ? valuesIn(rule, source.read) : null
      return values === null ? [] : [{ rule: rule.id, values }]
    })
  }

  /** Held back by a rule, and that no longer holds: its source has ended, or is quiet itself, or is another by now. */
  async function isFree(incident: Incident): Promise<boolean> {
    const { quiet, status } = incident
    if (quiet?.rule === undefined || status === 'resolved') return false
    const rule = rules().find(({ id }) => id === quiet.rule?.id)
    const speaker = await deps.incidents.read(quiet.speaker)
    return rule === undefined || speaker === null || !holdsBack(rule, speaker, incident)
  }

  return {
    quietBecause,
    committed,
    isFree,
    /** Brings the index up to date, as after a change of the rules. */
    place: (incident: Incident) => deps.inhibitors.place(incident.id, placesOf(incident), incident.openedAt),
    released: deps.inhibitors.released,
  }
}

export type Inhibitors = ReturnType<typeof createInhibitors>

function holdsBack(rule: Inhibition, source: Incident, target: Incident): boolean {
  return speaks(source) && inhibits(rule, inhibited(source), inhibited(target))
}

/** Open, and told to whoever must know. */
function speaks({ status, muted, silenced, quiet }: Incident): boolean {
  return status !== 'resolved' && muted === null && silenced === null && quiet === null
}

function inhibited(incident: Incident): Inhibited {
  const { id, severity, tags } = incident
  return { id, severity, dataLoss: isDataLoss(tags), read: readIncidentFields(incident) }
}
