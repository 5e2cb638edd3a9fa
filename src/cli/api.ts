import { CliError, EXIT, exitOf } from './exit-code.ts'
import { unanswered } from './unanswered.ts'

/** JSON as it came; whoever asked knows its form. */
export type Json = ReturnType<typeof JSON.parse>

export interface Asked {
  query?: Record<string, string | undefined>
  body?: unknown
  /** `"12"`, as If-Match. */
  version?: string | undefined
  /** Why, kept with the change. */
  reason?: string | undefined
  /** Longer than others take, ms; nothing against what the user asked for. */
  timeoutMs?: number
}
export interface Answered {
  body: Json
  etag: string | null
}
export interface Api {
  /** Throws CliError with the exit code for what went wrong. */
  ask(method: 'GET' | 'POST', path: string, asked?: Asked): Promise<Answered>
  /** Every item of a list, page by page, up to `most`. */
  all(path: string, query: Record<string, string | undefined>, most: number): Promise<Json[]>
}

export interface ApiDeps {
  url: string
  /** Asked for when it is needed first. Throws CliError. */
  key(): Promise<string>
  timeoutMs: number
  /** It was asked for, and holds for everything. */
  longest: boolean
  newId(): string
  sleep(ms: number): Promise<void>
}

const PAUSES_MS = [500, 2_000]
const LONGEST_PAUSE_MS = 10_000
const PAGE = 100

/**
 * REST, with bounded time. What failed on the way, or is to be asked again later, is asked again twice: a write carries an
 * Idempotency-Key, so that it happens once. Redirects are not followed: the key would go where they point.
 */
export function createApi({ url, key, timeoutMs, longest, newId, sleep }: ApiDeps): Api {
  const base = url.replace(/\/+$/, '')

  async function once(target: string, init: RequestInit, ms: number): Promise<Response | Error> {
    try {
      const response = await fetch(target, { ...init, redirect: 'manual', signal: AbortSignal.timeout(ms) })
      // Read here, within the time that it may take.
      return new Response(await response.text(), { status: realStatus(response), headers: response.headers })
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  async function ask(method: 'GET' | 'POST', path: string, asked: Asked = {}): Promise<Answered> {
    const { query = {}, body, version, reason } = asked
    // An address with such a part leads elsewhere.
    if (/\/\.{0,2}(\/|$)/.test(path))
      throw new CliError(EXIT.usage, 'an id is missing, or is none: "tocsin incidents" lists them')
    const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
    const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`
    const headers: Record<string, string> = { authorization: `Bearer ${await key()}`, accept: 'application/json' }
    if (body !== undefined) headers['content-type'] = 'application/json'
    if (method === 'POST') headers['idempotency-key'] = newId()
    if (version !== undefined) headers['if-match'] = `"${version}"`
    // Header bytes are Latin-1 to fetch; the service reads them as UTF-8.
    if (reason !== undefined)
      headers['x-change-reason'] = Buffer.from(reason.replaceAll(/\s+/g, ' ')).toString('latin1')
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const target = `${base}/api/v1${path}${search}`
    for (let turn = 0; ; turn += 1) {
      const got = await once(target, init, longest ? timeoutMs : (asked.timeoutMs ?? timeoutMs))
      const pause = PAUSES_MS[turn]
      if (pause === undefined || !mayHelp(got)) return answered(got, base, method === 'POST' && query.dryRun !== 'true')
      await sleep(got instanceof Response ? Math.min(waitAsked(got) ?? pause, LONGEST_PAUSE_MS) : pause)
    }
  }

  return {
    ask,
    async all(path, query, most) {
      const items: Json[] = []
      for (let cursor: string | undefined; ; ) {
        const limit = String(Math.min(PAGE, most - items.length))
        const { body } = await ask('GET', path, { query: { ...query, limit, cursor } })
        items.push(...body.items)
        if (body.next === null || items.length >= most) return items.slice(0, most)
        cursor = body.next
      }
    },
  }
}

/** Fetch shows a redirect it did not follow with its own status, and Response takes no 1xx. */
function realStatus({ status }: Response): number {
  return status < 200 ? 502 : status === 204 || status === 304 ? 200 : status
}

function mayHelp(got: Response | Error): boolean {
  if (got instanceof Error) return got.name !== 'TimeoutError'
  return [429, 502, 503, 504].includes(got.status)
}

function waitAsked(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null
}

async function answered(got: Response | Error, base: string, writes: boolean): Promise<Answered> {
  if (got instanceof Error) {
    throw new CliError(EXIT.unreachable, `${base} ${unanswered(got, writes)}`)
  }
  const text = await got.text()
  const body = parsed(text)
  const version = /^(?:W\/)?"(.*)"$/.exec(got.headers.get('etag') ?? '')?.[1] ?? null
  if (got.ok && (body !== undefined || text === '')) return { body, etag: version }
  if (got.ok || body?.code === undefined) {
    const words = `${base} answers ${got.status}, and not as Tocsin does: look at TOCSIN_URL, and what stands before it`
    throw new CliError(EXIT.unreachable, words)
  }
  if (got.status === 405 || (got.status === 404 && String(body.detail).startsWith(NO_SUCH_ROUTE))) {
    const words = `${base} does not know this: it is older than this command line, or TOCSIN_URL has a path too many (${body.detail})`
    throw new CliError(EXIT.unreachable, words, body)
  }
  throw new CliError(exitOf(got.status), inWords(body), body)
}

/** As the service says it (src/api/unknown-route.ts), where there is no such operation; else a thing is missing. */
const NO_SUCH_ROUTE = 'nothing is at '
function parsed(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Problem details (RFC 9457) for people: what happened, each place, and the code to search for. */
function inWords({ title, detail, code, errors }: Json): string {
  const places = (Array.isArray(errors) ? errors : []).map(({ path, message }) => `  ${path || 'the body'}: ${message}`)
  return [`${title}: ${detail} [${code}]`, ...(places.length > 1 ? places : [])].join('\n')
}
