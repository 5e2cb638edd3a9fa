import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Clock, systemClock } from '../platform/clock.ts'
import { answerPath } from './sentry-answers.ts'
import { echoOf, type StandInEcho } from './sentry-echo.ts'
import { emptyWorld, type StandInWorld } from './sentry-world.ts'
import { answerWrite, type StandInWrite } from './sentry-writes.ts'
import { createFaults, type Faults, type StandInAnswer } from './stand-in-fault.ts'
import { startStandInServer } from './stand-in-server.ts'

export interface SentryStandInRequest {
  at: number
  method: string
  /** Below `/api/0/organizations/{organization}/`, e.g. `events/`. */
  path: string
  params: URLSearchParams
}

export interface SentryStandIn extends Faults {
  url: string
  /** What it holds: change it, and the next answer is different. */
  world: StandInWorld
  /** Oldest first; the newest 5,000. */
  requests: SentryStandInRequest[]
  /** Changes that were taken, oldest first; the newest 5,000. */
  writes: StandInWrite[]
  /** Where webhooks about these changes go, as Sentry sends them with our own app as the actor; null: nowhere. */
  echo: StandInEcho | null
  /** Resolves when every echo was sent. */
  echoed(): Promise<void>
  /** How many answers were under way at the same time, at most. */
  mostAtOnce(): number
  close(): Promise<void>
}

const MOST_KEPT = 5_000
const MOST_BODY = 100_000
const PATH = /^\/api\/0\/organizations\/([^/]+)\/(.*)$/

/**
 * Sentry's API on loopback: the questions that measuring and polling ask, answered from a world of plain data, and changes of
 * single issues, which change that world.
 */
export async function startSentryStandIn(
  options: {
    port?: number
    host?: string
    clock?: Clock
    /** The token it knows; absent: any. */
    token?: string
    /** Slug of the organization it knows; absent: any. */
    organization?: string
    world?: Partial<StandInWorld>
  } = {},
): Promise<SentryStandIn> {
  const clock = options.clock ?? systemClock
  const world: StandInWorld = { ...emptyWorld(), ...options.world }
  const requests: SentryStandInRequest[] = []
  const faults = createFaults(status => ({
    ...problem(status, 'made to fail'),
    headers: rateLimitHeaders(world, underWay),
  }))
  let underWay = 0
  let mostAtOnce = 0
  const sentryNow = () => clock.now() + world.clockSkewMs

  const writes: StandInWrite[] = []
  const echoes = new Set<Promise<void>>()
  const standIn: Pick<SentryStandIn, 'echo'> = { echo: null }

  function change(method: string, path: string, body: string, headers: Record<string, string>): StandInAnswer {
    const sent = parsed(body)
    if (sent === null) return { ...problem(400, 'JSON parse error'), headers }
    const answer = answerWrite(world, method, path, sent, sentryNow())
    if ('refused' in answer) return { status: answer.refused, body: JSON.stringify(answer.body), headers }
    const write = { at: clock.now(), body: sent, ...answer.taken }
    writes.push(write)
    if (writes.length > MOST_KEPT) writes.shift()
    const issue = world.issues[write.issue]
    if (standIn.echo !== null && issue !== undefined) {
      const sending = echoOf(standIn.echo, write, issue, sentryNow())
      echoes.add(sending)
      void sending.finally(() => echoes.delete(sending))
    }
    return { status: answer.status, body: JSON.stringify(answer.body), headers }
  }

  function act(request: IncomingMessage, body: string): StandInAnswer {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    const [, organization, path] = PATH.exec(url.pathname) ?? []
    const authorization = request.headers.authorization ?? ''
    const known =
      options.token === undefined ? authorization.startsWith('Bearer ') : authorization === `Bearer ${options.token}`
    if (!known) return problem(401, 'Invalid token')
    if (path === undefined || organization !== (options.organization ?? organization)) {
      return problem(404, 'The requested resource does not exist')
    }
    const headers = rateLimitHeaders(world, underWay)
    if (world.failing.includes(path)) return { ...problem(500, 'Internal Error'), headers }
    const { method = 'GET' } = request
    if (method !== 'GET') return change(method, path, body, headers)
    const answer = answerPath(world, path, url.searchParams, sentryNow())
    if ('status' in answer) return { ...problem(answer.status, answer.detail), headers }
    if ('body' in answer) return { status: 200, body: JSON.stringify(answer.body), headers }
    const { list, perPage, offset } = answer
    const page = list.slice(offset, offset + perPage)
    const link = linkHeader(url, { offset, perPage, total: list.length })
    return { status: 200, body: JSON.stringify(page), headers: { ...headers, link } }
  }

  function note(request: IncomingMessage): void {
    const url = new URL(request.url ?? '/', 'http://stand-in')
    const { method = 'GET' } = request
    const path = PATH.exec(url.pathname)?.[2] ?? url.pathname
    requests.push({ at: clock.now(), method, path, params: url.searchParams })
    if (requests.length > MOST_KEPT) requests.shift()
  }

  const server = await startStandInServer({ ...options, mostBytes: MOST_BODY }, async (request, body, response) => {
    note(request)
    // A page of a proxy on the way has a date too; all that is answered here has Sentry's.
    response.setHeader('date', new Date(sentryNow()).toUTCString())
    underWay += 1
    mostAtOnce = Math.max(mostAtOnce, underWay)
    if (world.latencyMs > 0) await sleep(world.latencyMs)
    if (!request.socket.destroyed) await faults.answer(request, response, () => act(request, body))
    underWay -= 1
  })
  return Object.assign(standIn, {
    url: server.url,
    world,
    requests,
    writes,
    async echoed() {
      await Promise.all(echoes)
    },
    mostAtOnce: () => mostAtOnce,
    fail: faults.fail,
    heal: faults.heal,
    close: () => server.close(),
  })
}

/** null: no JSON object. */
function parsed(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

function problem(status: number, detail: string): StandInAnswer {
  return { status, body: JSON.stringify({ detail }) }
}

/** Both directions are always there, with or without results (sentry-api-schema, lib/sentry-pagination.ts). */
function linkHeader(url: URL, { offset, perPage, total }: { offset: number; perPage: number; total: number }): string {
  const to = (rel: string, results: boolean, cursor: string) => {
    const page = new URL(url)
    page.searchParams.set('cursor', cursor)
    return `<${page.href}>; rel="${rel}"; results="${results}"; cursor="${cursor}"`
  }
  const before = to('previous', offset > 0, `0:${Math.max(0, offset - perPage)}:1`)
  return `${before}, ${to('next', offset + perPage < total, `0:${offset + perPage}:0`)}`
}

function rateLimitHeaders({ rateLimit: limit }: StandInWorld, underWay: number): Record<string, string> {
  const atOnce = limit?.concurrentLimit ?? 25
  return {
    'x-sentry-rate-limit-limit': String(limit?.limit ?? 40),
    'x-sentry-rate-limit-remaining': String(limit?.remaining ?? 39),
    'x-sentry-rate-limit-reset': String(Math.ceil((limit?.resetAt ?? 0) / 1000)),
    'x-sentry-rate-limit-concurrentlimit': String(atOnce),
    'x-sentry-rate-limit-concurrentremaining': String(Math.max(0, atOnce - underWay)),
  }
}
