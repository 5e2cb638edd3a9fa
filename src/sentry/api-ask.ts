import type { Answer } from '../measure/impact-source.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import { type ApiBreaker, type BreakerState, createApiBreaker } from './api-breaker.ts'
import { createClockSkew } from './api-clock-skew.ts'
import { type Failed, type Failure, isTrouble, outcomeOf, toFailure, wasSent } from './api-failure.ts'
import type { SentryApiHealth } from './api-health.ts'
import { createRateLimits } from './api-limits.ts'
import type { Params } from './api-query.ts'
import { type ApiReply, sendRequest } from './api-request.ts'
import { createApiTally } from './api-tally.ts'
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
  /** The same for questions that nobody waits for; absent: five times as long. */
  backgroundTimeoutMs?: number
  /** How long a Sentry that failed five times in a row is left alone, ms. */
  halfOpenAfterMs?: number
}

export interface Get {
  source: string
  /** Its name in metrics and in words. */
  question: string
  /** As rate limits are told: per endpoint, whatever the ids in its path. */
  endpoint: string
  /** Below the organization, e.g. `issues/42/`. */
  path: string
  params: Params
  /** Nobody waits for the answer: asked only while rate limits leave room beside live questions. */
  background?: boolean | undefined
  /** It names nothing that may be gone: what Sentry does not know here is the organization itself. */
  whole?: boolean
  /** Told the status with which Sentry refused. */
  onRefusal?(status: number): void
}

/** `read` answers null for a body that is not what it should be. */
export type Read<T> = (body: unknown, headers: Headers) => T | null

export interface Ask {
  /** Asks, reads, and says in words what went wrong. Never throws. */
  get<T>(what: Get, read: Read<T>): Promise<Answer<T>>
  health(source: string): SentryApiHealth
}

/** The way to Sentry's API and back: bounded, within its rate limits, leaving it alone while it fails. */
export function createAsk(options: SentryApiOptions): Ask {
  const { clock, log, sourceOf, timeoutMs = 1_800, halfOpenAfterMs = 10_000 } = options
  const { backgroundTimeoutMs = timeoutMs * 5 } = options
  const limits = createRateLimits(clock)
  const troubles = createApiTroubles(clock)
  const tally = createApiTally(clock)
  const skew = createClockSkew(clock)
  const breakers = new Map<string, ApiBreaker>()

  /** The background waits longer for an answer: what is too slow for a verdict is no outage for it. */
  function breakerOf(source: string, background: boolean): ApiBreaker {
    const key = `${source} ${background}`
    let breaker = breakers.get(key)
    if (breaker === undefined) {
      const onChange = (state: BreakerState) =>
        state === 'open'
          ? log.warn({ source }, "Sentry's API failed five times in a row: left alone for a while")
          : log.info({ source, state }, "circuit breaker of Sentry's API")
      breaker = createApiBreaker({ clock, halfOpenAfterMs, onChange })
      breakers.set(key, breaker)
    }
    return breaker
  }

  function fail(what: Get, failed: Failed): Failure {
    const { source, question, endpoint, background, whole = false } = what
    const failure = toFailure(failed, source, background === true ? backgroundTimeoutMs : timeoutMs)
    const trouble = isTrouble(failed, whole)
    options.onOutcome?.(question, outcomeOf(failed))
    if (wasSent(failed)) tally.asked(source, trouble)
    if (trouble) troubles.ran(source, endpoint, failure.reason, failed.kind === 'refused' ? failed.status : null)
    if (failed.kind === 'refused') what.onRefusal?.(failed.status)
    return failure
  }

  async function reach(what: Get): Promise<Extract<ApiReply, { kind: 'ok' }> | Failed> {
    const { source, endpoint, background = false } = what
    const known = sourceOf(source)
    if (known?.organization == null || known.apiToken === null) return { kind: 'not-configured' }
    const limited = `${source} ${endpoint}`
    const url = urlOf(known.url, known.organization, what)
    const signal = AbortSignal.timeout(background ? backgroundTimeoutMs : timeoutMs)
    const waitMs = limits.waitMs(limited, background)
    if (waitMs > 0) return { kind: 'rate-limited', waitMs, kept: limits.waitMs(limited, false) === 0 }
    if (!(await limits.enter(limited, signal, background))) return { kind: 'busy' }
    try {
      // While it stood in line others used up what was left.
      const keptMs = background ? limits.waitMs(limited, background, true) : 0
      if (keptMs > 0) return { kind: 'rate-limited', waitMs: keptMs, kept: true }
      return await send(what, limited, url, known.apiToken, signal)
    } finally {
      limits.leave(limited)
    }
  }

  async function send(
    { source, background = false }: Get,
    limited: string,
    url: URL,
    token: string,
    signal: AbortSignal,
  ) {
    const askedAt = clock.now()
    const reply = await breakerOf(source, background).guard(() => sendRequest(url, token, signal))
    if (reply === null) return { kind: 'breaker-open' } as const
    if ('headers' in reply) limits.learn(limited, reply.headers, reply.kind === 'refused' ? reply.status : 200)
    // Of a page that a proxy made the date is the proxy's.
    if (reply.kind === 'ok') skew.learn(source, reply.headers.get('date'), askedAt, clock.now())
    return reply
  }

  return {
    async get(what, read) {
      const outcome = await reach(what)
      if (outcome.kind !== 'ok') return fail(what, outcome)
      const value = read(outcome.body, outcome.headers)
      if (value === null) return fail(what, { kind: 'unexpected', where: `what ${what.question} needs` })
      tally.asked(what.source, false)
      troubles.cleared(what.source, what.endpoint)
      options.onOutcome?.(what.question, 'ok')
      return { ok: true, value }
    },
    health(source) {
      const states = [true, false].map(background => breakers.get(`${source} ${background}`)?.state() ?? 'closed')
      const breaker = states.find(state => state === 'open') ?? states.find(state => state !== 'closed') ?? 'closed'
      const lastError = troubles.last(source)
      return {
        // An open circuit that nobody tried out since tells of the past only.
        breaker: lastError === null ? 'closed' : breaker,
        lastError,
        refused: troubles.refused(source),
        ...tally.of(source),
        skewMs: skew.of(source),
      }
    },
  }
}

function urlOf(base: string, organization: string, { path, params }: Get): URL {
  const url = new URL(`${base.replace(/\/+$/, '')}/api/0/organizations/${encodeURIComponent(organization)}/${path}`)
  for (const [name, value] of params) url.searchParams.append(name, value)
  return url
}
