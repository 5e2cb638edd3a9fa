import type { AuditTrail } from '../access/audit-trail.ts'
import type { Caller } from '../access/caller.ts'
import { TocsinError } from '../errors.ts'
import type { Around, Endpoint } from './endpoint.ts'

/**
 * Every change in the audit trail: what is about to be done is written down first, and when that cannot be done it is not
 * done. What is refused leaves nothing; where nobody knows what came of it (Redis went away in between), the trail says so.
 */
export function audited(trail: AuditTrail, endpoint: Endpoint, caller: Caller): Around {
  if (!endpoint.audited) return (_about, work) => work()
  return async ({ params, body, reason, actor }, work) => {
    const { id, name, role, via, address, request } = caller
    const begun = await trail.begin({
      operation: endpoint.id,
      what: whatOf(endpoint, params),
      after: body ?? null,
      caller: { id, name, role, via },
      ...{ actor, address, request, reason },
    })
    try {
      const answer = await work()
      const { change } = answer
      if (change === null) await begun.dropped()
      else await begun.done(change ?? null)
      return answer
    } catch (error) {
      if (error instanceof TocsinError && error.status < 500) await begun.dropped()
      throw error
    }
  }
}

/** `POST /routes/checkout/move`: what there is to say before anybody looked. */
function whatOf({ method, path }: Endpoint, params: unknown): string {
  const given = (params ?? {}) as Record<string, unknown>
  return `${method} ${path.replaceAll(/:(\w+)/g, (_all, name: string) => String(given[name]))}`
}
