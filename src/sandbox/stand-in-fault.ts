import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a stand-in misbehaves, as the real provider or the network before it sometimes does. */
export type Fault =
  /** Refuses with that status. `body` null: no body at all; absent: the provider's usual one. */
  | { kind: 'status'; status: number; body?: string | null; headers?: Record<string, string> }
  /** Takes the request and never answers. */
  | { kind: 'hang' }
  /** Closes the connection without an answer, before doing anything. */
  | { kind: 'reset' }
  /** Does what was asked, then closes the connection without an answer. */
  | { kind: 'accept-then-reset' }
  /** Does what was asked; the answer breaks off in the middle of its body. */
  | { kind: 'truncated' }
  /** 200 and a page, as a captive portal or proxy gives. */
  | { kind: 'html' }
  /** Answers properly, but late. */
  | { kind: 'slow'; ms: number }

export interface Faults {
  /** The next `times` requests (default: until healed) meet this fault. */
  fail(fault: Fault, times?: number): void
  heal(): void
}

export interface StandInAnswer {
  status: number
  body: string
  headers?: Record<string, string>
}

/** Plays faults around what a stand-in does. `usual` is the provider's own body for a refusal with that status. */
export function createFaults(usual: (status: number) => StandInAnswer): Faults & {
  answer(request: IncomingMessage, response: ServerResponse, act: () => StandInAnswer): Promise<void>
} {
  let fault: Fault | null = null
  let left = 0

  function take(): Fault | null {
    if (fault === null || left <= 0) return null
    left -= 1
    return fault
  }

  return {
    fail(next, times = Number.POSITIVE_INFINITY) {
      fault = next
      left = times
    },
    heal() {
      fault = null
    },
    async answer(request, response, act) {
      const now = take()
      switch (now?.kind) {
        case 'hang':
          return
        case 'reset':
          request.socket.resetAndDestroy()
          return
        case 'accept-then-reset':
          act()
          request.socket.resetAndDestroy()
          return
        case 'truncated': {
          const { status, body } = act()
          response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length + 100 })
          response.write(body.slice(0, Math.floor(body.length / 2)), () => request.socket.destroy())
          return
        }
        case 'html':
          write(response, {
            status: 200,
            body: '<html><body>Sign in</body></html>',
            headers: { 'content-type': 'text/html' },
          })
          return
        case 'status': {
          const own = usual(now.status)
          const body = now.body === undefined ? own.body : (now.body ?? '')
          write(response, { status: now.status, body, headers: { ...own.headers, ...now.headers } })
          return
        }
        case 'slow':
          await sleep(now.ms)
          if (!request.socket.destroyed) write(response, act())
          return
        default:
          write(response, act())
      }
    },
  }
}

function write(response: ServerResponse, { status, body, headers }: StandInAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body)
}
