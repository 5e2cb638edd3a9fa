import type { Destination } from '../deliver/destination.ts'
import { maskBody } from '../signals/mask.ts'
import { createActOn } from './act-on.ts'
import type { createApplyChange } from './apply-change.ts'
import { createAuditActs } from './audit-acts.ts'
import { createHandleWord, type HandleWordDeps } from './handle-word.ts'
import { createHearSlack } from './hear-slack.ts'
import { createPagerdutyWord } from './pagerduty-word.ts'
import type { PipelineDeps } from './pipeline-deps.ts'
import { quarantineEntry } from './quarantine-entry.ts'

/** PagerDuty repeats for up to 48 hours (developer-docs webhooks: retries); nobody else for longer. */
const WORDS_REPEATED_MS = 48 * 3_600_000

/** What people decide, wherever they say it: over REST, in PagerDuty, in Slack. Each counts once and stands in the audit trail. */
export function createHearPeople(
  deps: PipelineDeps,
  {
    apply,
    kindOf,
  }: { apply: ReturnType<typeof createApplyChange>; kindOf(destination: string): Destination['kind'] | null },
) {
  const { stores, rules, clock } = deps
  const said = createAuditActs({ apply, incidents: stores.incidents, trail: deps.trail })
  const actOn = createActOn({ incidents: stores.incidents, notifications: stores.notifications, apply: said, clock })
  const incidentUrl = (id: string) => `${deps.publicUrl()}/incidents/${id}`
  const pagerdutyWords = createPagerdutyWord({
    ...{ links: stores.pagerdutyLinks, api: deps.pagerduty.api, kindOf, apply: said, incidentUrl },
    people: () => rules().document.people,
    ...{ incidents: stores.incidents, notifications: stores.notifications },
  })
  /** What people said elsewhere, by who tells it. */
  const hear: HandleWordDeps['hear'] = {
    pagerduty: pagerdutyWords.hear,
    slack: createHearSlack({ ...deps.slack, actOn, people: () => rules().document.people }),
  }
  const handleWord = createHandleWord({
    hear,
    claimFirst: (name, id) => stores.deliveries.claimFirst(name, id, WORDS_REPEATED_MS),
    quarantine: (delivery, reason, problems) => stores.quarantine.put(quarantineEntry(delivery, reason, problems)),
    record: (record, delivery) => stores.deliveries.recordWithSignal(record, null, maskBody(delivery)),
    onHandled: deps.onHandled,
    clock,
  })
  return { actOn, pagerdutyWords, handleWord }
}
