import type { FastifyRequest } from 'fastify'
import type { Authenticate } from '../access/authenticate.ts'
import type { Caller } from '../access/caller.ts'

export type Asking = { caller: Caller } | { refused: unknown }

export interface Callers {
  /** Who asks, looked up once for each request. */
  of(request: FastifyRequest): Promise<Asking>
  /** What to count a request under: the caller, or the address where there is none. Never the key itself. */
  countUnder(request: FastifyRequest): Promise<string>
}

/** Who makes each request: by the bearer credential it carries (RFC 6750). */
export function createCallers(authenticate: Authenticate): Callers {
  const looked = new WeakMap<FastifyRequest, Promise<Asking>>()

  function of(request: FastifyRequest): Promise<Asking> {
    const known = looked.get(request)
    if (known !== undefined) return known
    const asked = authenticate(request.headers.authorization, { address: request.ip, request: request.id }).then(
      caller => ({ caller }),
      (refused: unknown) => ({ refused }),
    )
    looked.set(request, asked)
    return asked
  }

  return {
    of,
    async countUnder(request) {
      const asked = await of(request)
      return 'refused' in asked ? `address:${request.ip}` : `caller:${asked.caller.id}`
    },
  }
}
