import type { AuditTrail } from '../access/audit-trail.ts'
import type { Change } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import { standing } from '../incidents/standing.ts'
import type { Applied, createApplyChange } from './apply-change.ts'

export interface AuditActsDeps {
  apply: ReturnType<typeof createApplyChange>
  incidents: { read(id: string): Promise<Incident | null> }
  trail: Pick<AuditTrail, 'begin'>
}

/**
 * What people do in Slack and PagerDuty stands in the audit trail like what is done over REST, which writes its own. Written
 * ahead: after a crash the delivery is handled again, and what was begun before it shows as `unknown` at worst.
 */
export function createAuditActs({ apply, incidents, trail }: AuditActsDeps): AuditActsDeps['apply'] {
  return async (id: string, change: Change): Promise<Applied> => {
    if (change.kind !== 'act') return apply(id, change)
    const { act, actor } = change
    const { via } = actor
    if (via !== 'slack' && via !== 'pagerduty') return apply(id, change)
    // A timer is nobody, and while an incident is quiet it runs out every half hour.
    if (act.kind === 'unacknowledge' && act.byItself === true) return apply(id, change)
    const before = await incidents.read(id)
    if (before === null) return apply(id, change)
    const what = `incident ${id}: ${act.kind}`
    const begun = await trail.begin({
      operation: `${via}: ${act.kind}`,
      what,
      after: { act },
      caller: { id: actor.id ?? 'unknown', name: actor.name, role: null, via },
      actor: null,
      address: null,
      request: change.id,
      reason: 'reason' in act ? act.reason : null,
    })
    const applied = await apply(id, change)
    const now = await incidents.read(id)
    // Nothing came of it, or it is told again: then it stands there already.
    if (applied.action === 'none' || applied.repeated || now === null) await begun.dropped()
    else await begun.done({ what, before: standing(before), after: { ...standing(now), act, came: applied.reason } })
    return applied
  }
}
