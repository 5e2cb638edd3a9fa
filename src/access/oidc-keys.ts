import { createLocalJWKSet, errors, type JWSHeaderParameters, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import { isSafeUrl } from './safe-url.ts'

export interface OidcKeysOptions {
  issuer: string
  /** Null: what the issuer's discovery document names. */
  jwksUrl: string | null
  clock: Clock
  log: { warn(fields: object, message: string): void }
}

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.string() })
const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) })

const TIMEOUT_MS = 3_000
/** A key set of a dozen RSA keys with their certificates is about 50 kB. */
const MOST_BYTES = 1_000_000
/** As fresh as that, the keys are not asked for again: one that was withdrawn is refused after so long. */
const FRESH_MS = 10 * 60_000
/** When the provider is down, known keys are good for so long; longer would keep a withdrawn key alive. */
const STALE_MS = 24 * 60 * 60_000
/** Tokens that name unknown keys, and a provider that fails, are asked about no more often than that. */
const ASK_EVERY_MS = 30_000

type LocalKeys = ReturnType<typeof createLocalJWKSet>

/**
 * The provider's public keys: kept, asked for again when they are old or a token names an unknown one, and used on for a
 * day while the provider is down (jose's own remote set would refuse everybody then). Throws IDENTITY_UNAVAILABLE when
 * there are none to go by.
 */
export function createOidcKeys({ issuer, jwksUrl, clock, log }: OidcKeysOptions): JWTVerifyGetKey {
  let known: { find: LocalKeys; at: number } | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | null = null

  async function ask(): Promise<void> {
    askedAt = clock.now()
    try {
      const { keys } = await getJson(await address(), keySetSchema)
      known = { find: createLocalJWKSet({ keys }), at: clock.now() }
    } catch (error) {
      // Only its kind: a message may quote what came.
      const said = error instanceof TocsinError ? error.message : error instanceof Error ? error.name : 'unknown'
      log.warn({ error: said }, 'the keys of the identity provider could not be had; known ones stay for a day')
    }
  }

  /** Whoever comes meanwhile waits for the same answer. */
  async function askOnce(): Promise<void> {
    if (clock.now() - askedAt < ASK_EVERY_MS && asking === null) return
    asking ??= ask().finally(() => {
      asking = null
    })
    await asking
  }

  async function address(): Promise<string> {
    if (jwksUrl !== null) return jwksUrl
    // OpenID Connect Discovery 1.0, sections 4.1 and 4.3: the document must name the very issuer it was asked of.
    const found = await getJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, discoverySchema)
    if (found.issuer !== issuer) throw unavailable('its discovery document is about another issuer')
    if (!isSafeUrl(found.jwks_uri)) throw unavailable('its discovery document names keys at an unsafe address')
    return found.jwks_uri
  }

  return async (header, token) => {
    if (known === null || clock.now() - known.at > FRESH_MS) await askOnce()
    const first = usable(known, clock.now())
    try {
      return await first.find(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !namesKey(header)) throw error
      await askOnce()
      return usable(known, clock.now()).find(header, token)
    }
  }
}

function usable(known: { find: LocalKeys; at: number } | null, now: number): { find: LocalKeys } {
  if (known === null) throw unavailable('its keys cannot be had')
  if (now - known.at > STALE_MS) throw unavailable('its keys could not be had for a day')
  return known
}

function namesKey(header: JWSHeaderParameters | undefined): boolean {
  return typeof header?.kid === 'string'
}

/** One bounded GET that follows nobody elsewhere. */
async function getJson<S extends z.ZodType>(url: string, schema: S): Promise<z.output<S>> {
  const headers = { accept: 'application/json', 'user-agent': 'tocsin' }
  const response = await fetch(url, { redirect: 'error', headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!response.ok) throw unavailable(`it answered ${response.status}`)
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > MOST_BYTES) throw unavailable(`it answered more than ${MOST_BYTES} bytes`)
    parts.push(part)
  }
  return schema.parse(JSON.parse(Buffer.concat(parts).toString('utf8')))
}

function unavailable(why: string): TocsinError {
  return new TocsinError('IDENTITY_UNAVAILABLE', `the identity provider cannot be asked who you are: ${why}; try again`)
}
