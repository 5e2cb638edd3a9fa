import type { Change, Decision } from './change.ts'
import { entry, nothing } from './decision-parts.ts'
import type { Incident } from './incident.ts'

/** Someone linked an issue to it in Sentry's sidebar: noted, with their words; changes nothing else about it. Pure. */
export function decideLinked(before: Incident, change: Extract<Change, { kind: 'linked' }>, now: number): Decision {
  const { signal, note, incident } = change
  const by = signal.actor?.name ?? null
  const linked = incident === null || before.linked.includes(incident) ? before.linked : [...before.linked, incident]
  const issue = signal.subject.kind === 'issue' ? signal.subject.issue : null
  if (issue === null) return nothing('linked to no issue')
  const words = note === null ? '' : `: ${note}`
  const reason = `issue ${signal.facts.shortId ?? issue} linked in Sentry by ${by ?? 'someone'}${words}`
  return {
    action: 'attach',
    reason,
    next: { ...before, rev: before.rev + 1, updatedAt: now, linked },
    entries: [entry(now, 'linked', reason, change)],
    material: false,
  }
}
