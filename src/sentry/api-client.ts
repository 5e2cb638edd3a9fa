import type { Answer, ImpactSource } from '../measure/impact-source.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import { createAnswerMemory } from './api-answers.ts'
import { type ApiBreaker, type BreakerState, createApiBreaker } from './api-breaker.ts'
import { readReleases, readSessions, releasesParams, sessionsParams, toCrashFree } from './api-crash-free.ts'
import { type Failed, type Failure, isTrouble, outcomeOf, toFailure } from './api-failure.ts'
import { issueBaselineParams, issueCountsParams, readIssueCounts, toBaseline } from './api-issue-counts.ts'
import { ISSUE_DETAILS_PARAMS, readIssueDetails } from './api-issue-details.ts'
import { readLatestEvent } from './api-latest-event.ts'
import { createRateLimits } from './api-limits.ts'
import type { Params } from './api-query.ts'
import { sendRequest } from './api-request.ts'
import { readSeries, unhandledSeriesParams } from './api-series.ts'
import { createApiTroubles } from './api-troubles.ts'
import type { SourceWithSecret } from './source.ts'

export interface SentryApiOptions {
  /** From memory: it is asked before every question. */
  sourceOf(id: string): SourceWithSecret | null
  clock: Clock
  log: Pick<Log, 'info' | 'warn'>
  /** Every request, and every question that was not even sent: the question's name, and one word for what came of it. */
  onOutcome?(question: string, outcome: string): void
  /** How long an answer is good for, ms. */
  cacheMs?: number
  /** How long a request may take, its turn and its body included, ms. */
  timeoutMs?: number
  /** How long a Sentry that failed five times in a row is left alone, ms. */
  halfOpenAfterMs?: number
}

export interface SentryApi extends ImpactSource {
  /** Of late: trouble that nobody ran into again for ten minutes is forgotten. */
  health(source: string): { breaker: BreakerState; lastError: string | null }
}

interface Get {
  source: string
  question: string
  /** As rate limits are told: per endpoint, whatever the ids in its path. */
  endpoint: string
  /** Below the organization, e.g. `issues/42/`. */
  path: string
  params: Params
}

/** Sentry's API as a source of impact: bounded, coalesced, cached for a short time, and never throwing. */
export function createSentryApi(options: SentryApiOptions): SentryApi {
  const { clock, log, sourceOf, cacheMs = 10_000, timeoutMs = 1_800, halfOpenAfterMs = 10_000 } = options
  const answers = createAnswerMemory(clock, cacheMs)
  const limits = createRateLimits(clock)
  const troubles = createApiTroubles(clock)
  const breakers = new Map<string, ApiBreaker>()

  function breakerOf(source: string): ApiBreaker {
    let breaker = breakers.get(source)
    if (breaker === undefined) {
      const onChange = (state: BreakerState) =>
        state === 'open'
          ? log.warn({ source }, "Sentry's API failed five times in a row: left alone for a while")
          : log.info({ source, state }, "circuit breaker of Sentry's API")
      breaker = createApiBreaker({ halfOpenAfterMs, onChange })
      breakers.set(source, breaker)
    }
    return breaker
  }

  /** Asks, reads, and says in words what went wrong. `read` answers null for a body that is not what it should be. */
  async function get<T>(what: Get, read: (body: unknown) => T | null): Promise<Answer<T>> {
    const outcome = await reach(what)
    if (outcome.kind !== 'ok') return fail(what, outcome)
    const value = read(outcome.body)
    if (value === null) return fail(what, { kind: 'unexpected', where: `what ${what.question} needs` })
    troubles.cleared(what.source, what.endpoint)
    options.onOutcome?.(what.question, 'ok')
    return { ok: true, value }
  }

  function fail({ source, question, endpoint }: Get, failed: Failed): Failure {
    const failure = toFailure(failed, source, timeoutMs)
    options.onOutcome?.(question, outcomeOf(failed))
    if (isTrouble(failed)) troubles.ran(source, endpoint, failure.reason)
    return failure
  }

  async function reach({ source, endpoint, path, params }: Get): Promise<{ kind: 'ok'; body: unknown } | Failed> {
    const known = sourceOf(source)
    if (known?.organization == null || known.apiToken === null) return { kind: 'not-configured' }
    const { apiToken, organization } = known
    const limited = `${source} ${endpoint}`
    const waitMs = limits.waitMs(limited)
    if (waitMs > 0) return { kind: 'rate-limited', waitMs }
    const url = new URL(
      `${known.url.replace(/\/+$/, '')}/api/0/organizations/${encodeURIComponent(organization)}/${path}`,
    )
    for (const [name, value] of params) url.searchParams.append(name, value)
    const signal = AbortSignal.timeout(timeoutMs)
    if (!(await limits.enter(limited, signal))) return { kind: 'busy' }
    try {
      const reply = await breakerOf(source).guard(() => sendRequest(url, apiToken, signal))
      if (reply === null) return { kind: 'breaker-open' }
      if ('headers' in reply) limits.learn(limited, reply.headers, reply.kind === 'refused' ? reply.status : 200)
      return reply
    } finally {
      limits.leave(limited)
    }
  }

  const issuePath = (issue: string, rest = '') => `issues/${encodeURIComponent(issue)}/${rest}`

  return {
    canAsk(source) {
      const known = sourceOf(source)
      return known !== null && known.organization !== null && known.apiToken !== null
    },
    health(source) {
      const breaker = breakers.get(source)?.state() ?? 'closed'
      const lastError = troubles.last(source)
      // An open circuit that nobody tried out since tells of the past only.
      return { breaker: lastError === null ? 'closed' : breaker, lastError }
    },
    crashFree: question =>
      answers.once(keyOf('crash-free', question), async () => {
        const { source, project, production } = question
        const about = { source, question: 'crash-free' }
        const [sessions, releases] = await Promise.all([
          get({ ...about, endpoint: 'sessions', path: 'sessions/', params: sessionsParams(project) }, readSessions),
          get({ ...about, endpoint: 'releases', path: 'releases/', params: releasesParams(project) }, readReleases),
        ])
        if (!sessions.ok) return sessions
        const rates = toCrashFree(sessions.value, releases.ok ? releases.value : [], production, clock.now())
        return releases.ok
          ? { ok: true, value: rates }
          : { ok: true, value: rates, partial: `the newest release is not known: ${releases.reason}` }
      }),
    issueCounts: question =>
      answers.once(keyOf('issue-counts', question), () =>
        get(
          {
            source: question.source,
            question: 'issue-counts',
            endpoint: 'events',
            path: 'events/',
            params: issueCountsParams(question),
          },
          body => readIssueCounts(body, question.windowSeconds, clock.now()),
        ),
      ),
    issueBaseline: question =>
      answers.once(keyOf('issue-baseline', question), async () => {
        const params = issueBaselineParams(question, clock.now())
        const path = 'events-timeseries/'
        const { source } = question
        const series = await get({ source, question: 'issue-baseline', endpoint: path, path, params }, readSeries)
        return series.ok ? { ok: true, value: toBaseline(series.value, clock.now()) } : series
      }),
    unhandledSeries: question =>
      answers.once(keyOf('unhandled-series', question), () => {
        const params = unhandledSeriesParams(question)
        const path = 'events-timeseries/'
        return get({ source: question.source, question: 'unhandled-series', endpoint: path, path, params }, readSeries)
      }),
    issueDetails: ({ source, issue }) =>
      answers.once(keyOf('issue-details', { source, issue }), () => {
        const path = issuePath(issue)
        const params = ISSUE_DETAILS_PARAMS
        return get({ source, question: 'issue-details', endpoint: 'issue', path, params }, readIssueDetails)
      }),
    latestEvent: ({ source, issue }) =>
      answers.once(keyOf('latest-event', { source, issue }), () => {
        const path = issuePath(issue, 'events/latest/')
        const known = sourceOf(source)
        const read = (body: unknown) => readLatestEvent(body, known?.url ?? '', known?.organization ?? '')
        return get({ source, question: 'latest-event', endpoint: 'latest-event', path, params: [] }, read)
      }),
  }
}

/** Callers may hand over more than a question: only what names it counts. */
function keyOf(
  name: string,
  question: {
    source: string
    project?: string | null
    issue?: string
    windowSeconds?: number
    production?: readonly string[]
  },
): string {
  const { source, project, issue, windowSeconds, production } = question
  return JSON.stringify([name, source, project, issue, windowSeconds, production])
}
