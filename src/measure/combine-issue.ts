import type { Signal } from '../signals/signal.ts'
import { type CoreFlow, matchCoreFlow } from './core-flow.ts'
import type { IssueImpact, Measured } from './impact.ts'
import type { Answer, IssueCounts, IssueDetails, LatestEvent } from './impact-source.ts'
import { isProduction } from './production.ts'
import type { WindowCounts } from './window-event.ts'
import { HOUR_MS } from './window-event.ts'
import { FLOW_SECONDS, reconciled, windowNumbers, windowsAreComplete } from './window-numbers.ts'

/** What Sentry answered; null: it was not asked. */
export interface IssueAnswers {
  counts: Answer<IssueCounts> | null
  flow: Answer<IssueCounts> | null
  baseline: Answer<Measured | null> | null
  details: Answer<IssueDetails> | null
  latest: Answer<LatestEvent> | null
}

export const NOT_ASKED: IssueAnswers = { counts: null, flow: null, baseline: null, details: null, latest: null }

export interface MeasureRules {
  production: readonly string[]
  coreFlows: readonly CoreFlow[]
}

/** Sentry's counts follow its issues within seconds; by then they are there. */
const COUNTED_AFTER_MS = 600_000

/** First seen within it is new, ms. */
export const NEW_MS = 24 * HOUR_MS

/** Whom an issue hurts, out of the payload, our windows and Sentry's answers. Pure; unknown stays null, never zero. */
export function combineIssue(
  signal: Signal,
  counts: WindowCounts | null,
  answers: IssueAnswers,
  rules: MeasureRules,
  now: number,
): { impact: IssueImpact; degraded: boolean; gaps: string[] } {
  const { facts } = signal
  const details = given(answers.details)
  const latest = given(answers.latest)
  const asked = given(answers.counts)
  const local = windowNumbers(counts)
  const firstSeen = facts.firstSeen ?? details?.firstSeen ?? null
  const complete = windowsAreComplete(counts, firstSeen, now) && local.events !== null

  // An answer without any event is an empty answer: Sentry may not have counted yet. Unknown, not zero. But of an issue
  // that has been known for a while, our own looking again may believe that it is quiet.
  const settled = signal.origin === 'monitor' && firstSeen !== null && now - firstSeen > COUNTED_AFTER_MS
  const sentryEvents = asked !== null && (asked.events.value > 0 || settled) ? asked.events : null
  const users = reconciled(local.users, sentryEvents === null ? null : (asked?.users ?? null), counts)
  const authoritative = complete || asked !== null
  const coreFlow = coreFlowOf(signal, latest, rules.coreFlows)
  const flow = coreFlow === null ? null : given(answers.flow)
  const substatus = substatusOf(signal, details)

  const impact: IssueImpact = {
    users: users ?? (authoritative ? null : lifetimeUsers(signal, firstSeen, now)),
    events: reconciled(local.events, sentryEvents, counts),
    coreFlow,
    flowUsers: coreFlow === null ? null : reconciled(local.flowUsers, flow?.users ?? null, counts),
    flowEvents:
      coreFlow === null
        ? null
        : reconciled(local.flowEvents, flow !== null && flow.events.value > 0 ? flow.events : null, counts),
    flowAnonymous: coreFlow === null ? null : local.flowAnonymous,
    firstSeen,
    isNew: isNew(signal, firstSeen, now),
    regressed: substatus === null ? null : substatus === 'regressed',
    escalating: substatus === null ? null : substatus === 'escalating',
    baselineUsers: given(answers.baseline),
    inProduction: inProduction(signal, counts, answers, rules.production, complete),
  }
  const gaps = authoritative ? [] : [`users and events of the last hour: ${whyNot(answers.counts)}`]
  const flowCounted = windowsAreComplete(counts, firstSeen, now, FLOW_SECONDS * 1000)
  if (coreFlow !== null && !flowCounted && answers.flow?.ok === false)
    gaps.push(`users on ${coreFlow} in 5 minutes: ${answers.flow.reason}`)
  gaps.push(...missedAnswers(impact, substatus, answers))
  return { impact, degraded: gaps.length > 0, gaps }
}

/** Questions whose answer may still come and would change what the rules see. What nobody can answer is no gap. */
function missedAnswers(impact: IssueImpact, substatus: string | null, answers: IssueAnswers): string[] {
  const missed: string[] = []
  const { details, latest, baseline } = answers
  const historyMatters = impact.isNew === null || (impact.isNew === false && substatus === null)
  if (historyMatters && mayStillCome(details)) missed.push(`whether it is new or has come back: ${details.reason}`)
  if (impact.coreFlow === null && mayStillCome(latest)) missed.push(`whether it is on a core flow: ${latest.reason}`)
  if (mayStillCome(baseline)) missed.push(`users in a usual hour: ${baseline.reason}`)
  return missed
}

function mayStillCome<T>(answer: Answer<T> | null): answer is Extract<Answer<T>, { ok: false }> {
  return answer !== null && !answer.ok && answer.retry
}

function coreFlowOf(signal: Signal, latest: LatestEvent | null, flows: readonly CoreFlow[]): string | null {
  const { facts } = signal
  return matchCoreFlow(
    {
      project: facts.project,
      transaction: facts.transaction ?? latest?.transaction ?? null,
      culprit: facts.culprit,
      tags: { ...latest?.tags, ...facts.tags },
    },
    flows,
  )
}

/** Our own measuring again asks what is so now: what the payload said once may be days old. */
export function substatusOf({ origin, facts }: Signal, details: IssueDetails | null): string | null {
  const asked = details?.substatus ?? null
  return origin === 'monitor' ? (asked ?? facts.substatus) : (facts.substatus ?? asked)
}

function isNew(signal: Signal, firstSeen: number | null, now: number): boolean | null {
  // Of its moment: measured again days later it is new no more.
  if (signal.resource === 'issue' && signal.action === 'created' && now - signal.at <= NEW_MS) return true
  return firstSeen === null ? null : now - firstSeen <= NEW_MS
}

/** Lifetime users of an issue not older than the window are users of the window, over all environments. */
function lifetimeUsers(signal: Signal, firstSeen: number | null, now: number): Measured | null {
  const value = signal.facts.lifetimeUsers
  if (value === null || value === 0 || firstSeen === null || now - firstSeen > HOUR_MS) return null
  return { value, source: 'webhook', at: signal.receivedAt, windowSeconds: 0 }
}

/**
 * Seen in production? A missing environment counts as production. An environment that is named and another one does
 * not prove that production is well: Sentry's count (or a complete feed of our own) does.
 */
function inProduction(
  signal: Signal,
  counts: WindowCounts | null,
  answers: IssueAnswers,
  production: readonly string[],
  complete: boolean,
): boolean | null {
  const named = signal.facts.environment ?? given(answers.latest)?.environment ?? null
  if (isProduction(named, production)) return true
  const asked = given(answers.counts)
  if ((asked?.events.value ?? 0) > 0 || (counts?.productionEvents ?? 0) > 0) return true
  if (asked !== null || complete || answers.counts === null) return false
  // Sentry could not say: where it never can (no token), the environment that was named is all there is to know.
  return answers.counts.ok === false && answers.counts.retry ? null : false
}

function whyNot(answer: Answer<unknown> | null): string {
  if (answer === null) return 'not asked, the payload alone was enough to act'
  return answer.ok ? 'empty' : answer.reason
}

function given<T>(answer: Answer<T> | null): T | null {
  return answer?.ok === true ? answer.value : null
}
