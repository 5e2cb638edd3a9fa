/** One bounded request to Sentry's API: what came back, in a form that says what to do next. Never throws. */
export type ApiReply =
  | { kind: 'ok'; body: unknown; headers: Headers }
  /** 4xx or 5xx. `detail`: what Sentry said about it, if it said so in JSON. */
  | { kind: 'refused'; status: number; detail: string | null; headers: Headers }
  /** The token is not sent to where it points. */
  | { kind: 'redirect'; to: string; headers: Headers }
  | { kind: 'not-json'; headers: Headers }
  /** It began to answer; then the connection broke, or what came is not the whole of it. */
  | { kind: 'broken-off'; headers: Headers }
  | { kind: 'too-large'; headers: Headers }
  | { kind: 'timeout' }
  /** No answer. `why`: the network's word for it, e.g. ECONNREFUSED. */
  | { kind: 'unreachable'; why: string }

/** Answers are a few kilobytes; an event with all its frames has been seen at some hundred. */
const MOST_BYTES = 4 * 1024 * 1024
const MOST_DETAIL = 200

/** What a request changes there; a question has none. */
export interface Changing {
  method: 'PUT' | 'POST'
  body: object
}

/** The whole exchange, body included, ends when `signal` does. */
export async function sendRequest(
  url: URL,
  token: string,
  signal: AbortSignal,
  changing: Changing | null = null,
): Promise<ApiReply> {
  let response: Response | null = null
  try {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'user-agent': 'tocsin' }
    const how =
      changing === null
        ? { headers }
        : {
            method: changing.method,
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(changing.body),
          }
    response = await fetch(url, { ...how, redirect: 'manual', signal })
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel()
      return { kind: 'redirect', to: originOf(response.headers.get('location'), url), headers: response.headers }
    }
    return readReply(response, await readBounded(response))
  } catch (error) {
    if (signal.aborted) return { kind: 'timeout' }
    if (response === null) return { kind: 'unreachable', why: networkWord(error) }
    // Headers came, the body did not: a refusal is one without its words too.
    return response.status >= 400 ? readReply(response, null) : { kind: 'broken-off', headers: response.headers }
  }
}

/** `text` null: larger than the bound, or of a refusal that broke off. */
function readReply({ status, headers }: Response, text: string | null): ApiReply {
  if (status >= 400) return { kind: 'refused', status, detail: detailOf(text), headers }
  if (text === null) return { kind: 'too-large', headers }
  const body = parseJson(text)
  if (body !== undefined) return { kind: 'ok', body, headers }
  return /^\s*[[{]/.test(text) ? { kind: 'broken-off', headers } : { kind: 'not-json', headers }
}

/** null: larger than the bound. */
async function readBounded(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MOST_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Sentry's refusals are `{"detail": "…"}` or `{"detail": {"message": "…"}}`; of a change, `{"field": ["…"]}`. */
function detailOf(text: string | null): string | null {
  const body = parseJson(text ?? '')
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : null
  const said = typeof detail === 'object' && detail !== null && 'message' in detail ? detail.message : detail
  if (typeof said === 'string' && said !== '') return said.slice(0, MOST_DETAIL)
  const fields = typeof body === 'object' && body !== null && !('detail' in body) && !Array.isArray(body)
  return fields ? JSON.stringify(body).slice(0, MOST_DETAIL) : null
}

function originOf(location: string | null, base: URL): string {
  return location !== null && URL.canParse(location, base) ? new URL(location, base).origin : 'nowhere'
}

/** fetch says "fetch failed" and hides the reason below. */
function networkWord(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  if (!(cause instanceof Error)) return 'unknown trouble'
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
}
