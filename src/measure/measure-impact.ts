import type { Signal } from '../signals/signal.ts'
import { combineIssue, type IssueAnswers, type MeasureRules, NOT_ASKED } from './combine-issue.ts'
import { combineProject } from './combine-project.ts'
import { matchCoreFlow } from './core-flow.ts'
import type { Impact } from './impact.ts'
import type { Answer, ImpactSource, LatestEvent } from './impact-source.ts'
import type { WindowCounts } from './window-event.ts'
import { FLOW_SECONDS, HOUR_SECONDS } from './window-numbers.ts'

export interface MeasureDeps {
  /** null: nothing is asked, the payload and our windows are enough to act on. */
  ask: ImpactSource | null
  rules: MeasureRules
  now: number
  /** All questions together may take this long, ms. */
  budgetMs: number
}

/** Users above which it matters whether they are more than usual: only then is the baseline asked for. */
const MANY_USERS = 100
const NO_ACCESS = "Sentry's API is not configured for this source (organization and token)"

/** Measures an issue in production over the last hour. Never throws: what cannot be had is a gap with its reason. */
export async function measureIssue(
  signal: Signal,
  counts: WindowCounts | null,
  deps: MeasureDeps,
): Promise<Impact & { latest: LatestEvent | null }> {
  const answers = await askAboutIssue(signal, deps)
  const { impact, degraded, gaps } = combineIssue(signal, counts, answers, deps.rules, deps.now)
  const latest = answers.latest?.ok === true ? answers.latest.value : null
  return { at: deps.now, issue: impact, project: null, degraded, gaps, latest }
}

/** Measures a project: crash-free sessions of the last hour and unhandled exceptions per minute, in production. */
export async function measureProject(
  signal: Signal,
  project: string,
  counts: WindowCounts | null,
  deps: MeasureDeps,
): Promise<Impact> {
  const { ask, now, rules } = deps
  const question = { source: signal.source, project, production: rules.production }
  const able = ask?.canAsk(signal.source) === true
  const within = deadline(deps.budgetMs)
  const [crashFree, unhandled] = able
    ? await Promise.all([within(ask.crashFree(question)), within(ask.unhandledSeries(question))])
    : [null, null]
  const { impact, degraded, gaps } = combineProject(signal, counts, { crashFree, unhandled }, now)
  return { at: now, issue: null, project: impact, degraded, gaps }
}

async function askAboutIssue(signal: Signal, deps: MeasureDeps): Promise<IssueAnswers> {
  const { ask, rules } = deps
  const { source, facts } = signal
  if (ask === null || facts.issue === null) return NOT_ASKED
  if (!ask.canAsk(source)) return { ...NOT_ASKED, counts: { ok: false, reason: NO_ACCESS, retry: false } }
  const question = { source, project: facts.project, production: rules.production, issue: facts.issue }
  const within = deadline(deps.budgetMs)
  // Lifecycle webhooks say neither transaction nor environment: the latest event does.
  const latestAsked = facts.event === null ? within(ask.latestEvent(question)) : null
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
    within(ask.issueCounts({ ...question, windowSeconds: HOUR_SECONDS })),
    within(ask.issueDetails(question)),
    latestAsked,
    traits().then(found =>
      matchCoreFlow(found, rules.coreFlows) === null
        ? null
        : within(ask.issueCounts({ ...question, windowSeconds: FLOW_SECONDS })),
    ),
  ])
  const many = counts.ok && (counts.value.users?.value ?? 0) > MANY_USERS
  const baseline = many ? await within(ask.issueBaseline(question)) : null
  return { counts, flow, baseline, details, latest }
}

/** Each answer, or its absence when the budget that all of them share is spent. */
function deadline(budgetMs: number): <T>(answer: Promise<Answer<T>>) => Promise<Answer<T>> {
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
