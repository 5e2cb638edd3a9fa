import { type ClientRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { event as sendThroughPdjs } from '@pagerduty/pdjs'
import type { PagerdutyEvent } from './event.ts'
import type { EventsEndpoint } from './events-endpoint.ts'

/** What came back. `body` is null when it was not whole or not JSON: the status alone was seen. */
export type EventAnswer =
  | { kind: 'answered'; status: number; retryAfter: string | null; body: unknown }
  /** No status was seen. `reached` false: the connection never stood, so nothing can have been accepted. */
  | { kind: 'unanswered'; code: string; reached: boolean }

export interface EventSender {
  /** Exactly one request, over within `timeoutMs`, whatever the other side does. Never throws. */
  send(event: PagerdutyEvent, endpoint: EventsEndpoint & { ok: true }): Promise<EventAnswer>
  close(): void
}

/** PagerDuty's answers have a few hundred bytes; more than this is not PagerDuty. */
const MOST_ANSWER_BYTES = 65_536
/** Shorter than any load balancer's idle timeout, so that a socket is rarely closed just as it is taken again. */
const IDLE_SOCKET_MS = 4_000
/** The connection, or the TLS on it, never stood: no byte of the event left. */
const NEVER_REACHED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$|CERT|^ERR_TLS|^UNABLE_TO_/

/**
 * The only file that knows pdjs. Left alone, pdjs 2.2.4 never times out, calls a 500 a success, follows redirects with
 * the routing key in the body, sleeps 20 s on a 429 and sends again, hangs on a body cut short, and loses the status
 * and `Retry-After` when the body is not JSON. So: one deadline that aborts, no redirects, an agent that refuses a
 * second request, and the status read off the response itself.
 */
export function createEventSender(options: { timeoutMs: number }): EventSender {
  const { timeoutMs } = options
  // Node closes idle sockets after `timeout`; keep-alive saves a TLS handshake per page.
  const secure = new HttpsAgent({ keepAlive: true, timeout: IDLE_SOCKET_MS })
  const plain = new HttpAgent({ keepAlive: true, timeout: IDLE_SOCKET_MS })

  async function send(event: PagerdutyEvent, endpoint: EventsEndpoint & { ok: true }): Promise<EventAnswer> {
    const over = new AbortController()
    const deadline = setTimeout(() => over.abort(), timeoutMs)
    const seen: { response: IncomingMessage | null } = { response: null }
    let requests = 0

    function agent(): object {
      requests += 1
      // pdjs sends again by itself after a 429. Its options cannot stop that (`retryCount` is ignored); this does.
      if (requests > 1) throw new Error('one request per attempt')
      return watched(endpoint.tls ? secure : plain, response => {
        seen.response = response
        // node-fetch 2 waits for ever when a body is cut short (node-fetch#1604).
        response.once('close', () => {
          if (!response.complete) over.abort()
        })
      })
    }

    const aborted = new Promise<never>((_, reject) => {
      over.signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
    })
    try {
      const parameters = {
        server: endpoint.server,
        data: event,
        requestTimeout: 0, // its timer does nothing but keep the process alive for 30 s
        retryTimeout: 0,
        timeout: timeoutMs,
        signal: over.signal,
        redirect: 'manual',
        size: MOST_ANSWER_BYTES,
        agent,
      } as const
      // The package's types lack `client`, `client_url`, `agent` and `size`, and ask for a payload even to resolve.
      const answer = await Promise.race([
        sendThroughPdjs(parameters as unknown as Parameters<typeof sendThroughPdjs>[0]),
        aborted,
      ])
      return answered(seen.response, answer.data)
    } catch (error) {
      if (seen.response !== null) return answered(seen.response, null)
      const code = errorCode(error)
      return { kind: 'unanswered', code, reached: !NEVER_REACHED.test(code) }
    } finally {
      clearTimeout(deadline)
      over.abort() // frees the socket of an answer that was not read to its end
    }
  }

  return {
    send,
    close() {
      secure.destroy()
      plain.destroy()
    },
  }
}

function answered(response: IncomingMessage | null, body: unknown): EventAnswer {
  if (response === null) return { kind: 'unanswered', code: 'no-response', reached: true }
  return {
    kind: 'answered',
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'] ?? null,
    body: body ?? null,
  }
}

/** ECONNRESET, ENOTFOUND, DEPTH_ZERO_SELF_SIGNED_CERT …; `timeout` when the deadline or node-fetch's own came first. */
function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error.message === 'aborted' || error.name === 'AbortError') return 'timeout'
  return 'type' in error && error.type === 'request-timeout' ? 'timeout' : 'unknown'
}

/** What http.request asks of an agent: it takes any "Agent-like Object" that has this. Not in @types/node. */
interface AgentLike {
  addRequest(request: ClientRequest, options: object): void
}

/**
 * An agent for one request: the sockets of `agent`, and a look at the response's head. Its protocol is always `https:`,
 * because pdjs knows nothing else; the sockets of the plain agent carry no TLS, which is how loopback is reached.
 */
function watched(agent: HttpAgent | HttpsAgent, onResponse: (response: IncomingMessage) => void): object {
  const queue = agent as unknown as AgentLike
  return {
    protocol: 'https:',
    defaultPort: 443,
    keepAlive: true,
    maxSockets: agent.maxSockets,
    addRequest(request: ClientRequest, options: object) {
      request.once('response', onResponse)
      queue.addRequest(request, options)
    },
  }
}
