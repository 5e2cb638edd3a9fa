import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../access/caller.ts'
import { TocsinError } from '../errors.ts'

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

export interface ApiKeyCheck {
  /** Who asks. Throws API_KEY_MISSING, API_KEY_INVALID. */
  require(request: FastifyRequest): Caller
  /** What to count a request under: the key where it is right, else the address it came from. Never the key itself. */
  countUnder(request: FastifyRequest): string
}

/** Bearer keys (RFC 6750), compared by digest in constant time, so that length and content leak nothing. */
export function createApiKeyCheck(adminApiKey: string): ApiKeyCheck {
  const expected = digest(adminApiKey)

  function bearer(request: FastifyRequest): string | null {
    return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null
  }
  function isRight(key: string | null): boolean {
    return key !== null && timingSafeEqual(digest(key), expected)
  }

  return {
    require(request) {
      const key = bearer(request)
      if (isRight(key)) {
        const about = { address: request.ip, request: request.id }
        return { id: 'admin', name: 'admin', role: 'admin', projects: null, via: 'environment', ...about }
      }
      if (key === null) throw new TocsinError('API_KEY_MISSING', 'send the header "Authorization: Bearer <API key>"')
      throw new TocsinError('API_KEY_INVALID', 'this API key is not known: use the one in ADMIN_API_KEY')
    },
    countUnder: request => (isRight(bearer(request)) ? 'key:admin' : `address:${request.ip}`),
  }
}
