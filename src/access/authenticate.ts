import { createHash, timingSafeEqual } from 'node:crypto'
import { TocsinError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import { idInKey, keyFits } from './api-key.ts'
import type { ApiKeyStore } from './api-key-store.ts'
import type { Caller } from './caller.ts'
import type { ReadToken } from './oidc.ts'

export interface AuthenticateDeps {
  /** In ADMIN_API_KEY: works whatever else is lost, Redis included, so that nobody is locked out. */
  adminApiKey: string
  keys: Pick<ApiKeyStore, 'read' | 'used'>
  /** Null: tokens of an identity provider are not taken. */
  oidc: ReadToken | null
  clock: Clock
  log: { warn(fields: object, message: string): void }
}

/** Where it was asked from, and under what name log and audit trail have it. */
export type Asked = Pick<Caller, 'address' | 'request'>

/**
 * Whose credential that is. Throws API_KEY_MISSING, API_KEY_INVALID; FORBIDDEN for a token without a role; what Redis
 * throws, and IDENTITY_UNAVAILABLE: who cannot be looked up is not let in.
 */
export type Authenticate = (authorization: string | undefined, asked: Asked) => Promise<Caller>

const BEARER = /^Bearer +(\S+) *$/i
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/

export function createAuthenticate({ adminApiKey, keys, oidc, clock, log }: AuthenticateDeps): Authenticate {
  const admin = digest(adminApiKey)

  async function byKey(id: string, key: string, asked: Asked): Promise<Caller> {
    const found = await keys.read(id)
    const now = clock.now()
    // One word for unknown, revoked, rotated away: whoever guesses learns nothing.
    if (found === null || !keyFits(found.value, key, now)) {
      throw new TocsinError('API_KEY_INVALID', 'this API key is not known (any more): it was revoked or rotated')
    }
    const { name, role, projects, expiresAt } = found.value
    if (expiresAt !== null && expiresAt <= now) {
      const when = new Date(expiresAt).toISOString()
      throw new TocsinError('API_KEY_INVALID', `this API key expired at ${when}: ask an admin for another`)
    }
    // Nobody waits for that, and a use that is not noted refuses nobody.
    keys
      .used(id, { at: now, address: asked.address })
      .catch(error => log.warn({ err: error, key: id }, 'when an API key was used could not be noted'))
    return { id, name, role, projects, via: 'key', ...asked }
  }

  return async (authorization, asked) => {
    const credential = BEARER.exec(authorization ?? '')?.[1]
    if (credential === undefined) {
      throw new TocsinError('API_KEY_MISSING', 'send the header "Authorization: Bearer <API key>"')
    }
    if (timingSafeEqual(digest(credential), admin)) {
      return { id: 'admin', name: 'admin', role: 'admin', projects: null, via: 'environment', ...asked }
    }
    const named = idInKey(credential)
    if (named === 'mistyped') {
      throw new TocsinError('API_KEY_INVALID', 'this API key is mistyped or cut off, its checksum says: copy it whole')
    }
    if (named !== null) return byKey(named.id, credential, asked)
    if (oidc !== null && JWT.test(credential)) return { ...(await oidc(credential)), ...asked }
    throw new TocsinError('API_KEY_INVALID', `this API key is not known${oidc === null ? '' : ', and it is no token'}`)
  }
}

/** Compared by digest, in constant time: length and content leak nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
