import type { Signal } from '../signals/signal.ts'
import { combineIssue, type IssueAnswers, type MeasureRules, NEW_MS, NOT_ASKED, substatusOf } from './combine-issue.ts'
import { combineProject, spikesAreCounted } from './combine-project.ts'
import { matchCoreFlow } from './core-flow.ts'
import type { Impact } from './impact.ts'
import type { Answer, ImpactSource, IssueDetails, LatestEvent } from './impact-source.ts'
import type { WindowCounts } from './window-event.ts'
import { FLOW_SECONDS, HOUR_SECONDS, windowNumbers, windowsAreComplete } from './window-numbers.ts'

export interface MeasureDeps {
  /** null: nothing is asked, the payload and our windows are enough to act on. */
  ask: ImpactSource | null
  rules: MeasureRules
  now: number
  /** All questions together may take this long, ms. */
  budgetMs: number
  /** Nobody waits for it: asked only within what live questions leave. */
  background?: boolean
}

/** Up to here nobody asks whether it is more than usual: most alerts are about few users, and each question costs. */
const FEW_USERS = 10
const NO_ACCESS = "Sentry's API is not configured for this source (organization and token)"

/** Measures an issue in production over the last hour. Never throws: what cannot be had is a gap with its reason. */
export async function measureIssue(
  signal: Signal,
  counts: WindowCounts | null,
  deps: MeasureDeps,
): Promise<Impact & { latest: LatestEvent | null; archived: boolean }> {
  const answers = await askAboutIssue(signal, counts, deps)
  const { impact, degraded, gaps } = combineIssue(signal, counts, answers, deps.rules, deps.now)
  const latest = answers.latest?.ok === true ? answers.latest.value : null
  const archived = answers.details?.ok === true && answers.details.value.status === 'ignored'
  return { at: deps.now, issue: impact, project: null, degraded, gaps, latest, archived }
}

/** Measures a project: crash-free sessions of the last hour and unhandled exceptions per minute, in production. */
export async function measureProject(
  signal: Signal,
  project: string,
  counts: WindowCounts | null,
  deps: MeasureDeps,
): Promise<Impact> {
  const { ask, now, rules } = deps
  const question = {
    source: signal.source,
    project,
    production: rules.production,
    background: deps.background === true,
  }
  const able = ask?.canAsk(signal.source) === true
  const within = deadline(deps.budgetMs)
  const [crashFree, unhandled] = able
    ? await Promise.all([
        within(ask.crashFree(question)),
        spikesAreCounted(counts, now) ? null : within(ask.unhandledSeries(question)),
      ])
    : [null, null]
  const { impact, degraded, gaps } = combineProject(signal, counts, { crashFree, unhandled }, now)
  return { at: now, issue: null, project: impact, degraded, gaps }
}

/** What a live feed of error events has told us already is not asked again. */
async function askAboutIssue(signal: Signal, windows: WindowCounts | null, deps: MeasureDeps): Promise<IssueAnswers> {
  const { ask, rules, now } = deps
  const { source, facts } = signal
  if (ask === null || facts.issue === null) return NOT_ASKED
  if (!ask.canAsk(source)) return { ...NOT_ASKED, counts: { ok: false, reason: NO_ACCESS, retry: false } }
  const seen = windowNumbers(windows).events !== null
  const hourCounted = seen && windowsAreComplete(windows, facts.firstSeen, now)
  const flowCounted = seen && windowsAreComplete(windows, facts.firstSeen, now, FLOW_SECONDS * 1000)
  const background = deps.background === true
  const question = { source, project: facts.project, production: rules.production, issue: facts.issue, background }
  const within = deadline(deps.budgetMs)
  // Lifecycle webhooks say neither transaction nor environment: the latest event does. An event that was only lent to the
  // signal has no time of its own, and its environment was not lent with it.
  const latestAsked = facts.eventAt === null ? within(ask.latestEvent(question)) : null
  const traits = async () => {
    const latest = await latestAsked
    const lent = latest?.ok === true ? latest.value : null
    return {
      project: facts.project,
      transaction: facts.transaction ?? lent?.transaction ?? null,
      culprit: facts.culprit,
      tags: { ...lent?.tags, ...facts.tags },
    }
  }
  const [counts, details, latest, flow] = await Promise.all([
    hourCounted ? null : within(ask.issueCounts({ ...question, windowSeconds: HOUR_SECONDS })),
    within(ask.issueDetails(question)),
    latestAsked,
    traits().then(found =>
      flowCounted || matchCoreFlow(found, rules.coreFlows) === null
        ? null
        : within(ask.issueCounts({ ...question, windowSeconds: FLOW_SECONDS })),
    ),
  ])
  const asked = counts?.ok === true ? (counts.value.users?.value ?? 0) : 0
  const many = Math.max(asked, windowNumbers(windows).users?.value ?? 0) > FEW_USERS
  const baseline = many && mayBeUsual(signal, details, now) ? await within(ask.issueBaseline(question)) : null
  return { counts, flow, baseline, details, latest }
}

/** What is new, or has come back, is out of the ordinary whatever was usual. */
function mayBeUsual(signal: Signal, details: Answer<IssueDetails>, now: number): boolean {
  const known = details.ok ? details.value : null
  const substatus = substatusOf(signal, known)
  const firstSeen = signal.facts.firstSeen ?? known?.firstSeen ?? null
  const isNew = firstSeen !== null && now - firstSeen <= NEW_MS
  return !isNew && substatus !== 'regressed' && substatus !== 'escalating'
}

/** Each answer, or its absence when the budget that all of them share is spent. */
export function deadline(budgetMs: number): <T>(answer: Promise<Answer<T>>) => Promise<Answer<T>> {
  const spent = AbortSignal.timeout(budgetMs)
  return answer => {
    const tooLate: Answer<never> = { ok: false, reason: `no answer within ${budgetMs / 1000} s`, retry: true }
    if (spent.aborted) return Promise.resolve(tooLate)
    return new Promise(resolve => {
      const onSpent = () => resolve(tooLate)
      spent.addEventListener('abort', onSpent, { once: true })
      void answer
        .catch((error: Error) => ({ ok: false as const, reason: error.message, retry: true }))
        .then(given => {
          spent.removeEventListener('abort', onSpent)
          resolve(given)
        })
    })
  }
}
