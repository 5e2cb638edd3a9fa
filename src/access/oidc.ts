import { errors, type JWTPayload, jwtVerify } from 'jose'
import { TocsinError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import { type Caller, ROLES, type Role } from './caller.ts'
import { createOidcKeys } from './oidc-keys.ts'

/** How tokens of an identity provider (OpenID Connect) are read. */
export interface OidcConfig {
  /** Exactly as tokens carry it in `iss`. */
  issuer: string
  audience: string
  /** Name of the claim that says what somebody may; dots lead into objects: `realm_access.roles`. */
  roleClaim: string
  /** What the claim says, and the role that it means here. */
  roleMap: Readonly<Record<string, Role>>
  /** Null: found by discovery. */
  jwksUrl: string | null
  /** Name of the claim that lists the projects somebody is bound to; null: all projects. */
  projectsClaim: string | null
}

/** Who a token is for. Throws API_KEY_INVALID, FORBIDDEN without a role, IDENTITY_UNAVAILABLE. */
export type ReadToken = (token: string) => Promise<Omit<Caller, 'address' | 'request'>>

/** Signatures with a key pair only: with a shared secret, whoever checks could also sign; `none` is no signature. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
/** Between the provider's clock and ours. */
const TOLERANCE_S = 30
const NAME_MAX = 100

export interface OidcDeps {
  clock: Clock
  log: { warn(fields: object, message: string): void }
}

/** Reads bearer tokens of one issuer, meant for us, by its public keys. */
export function createReadToken(config: OidcConfig, { clock, log }: OidcDeps): ReadToken {
  const { issuer, audience } = config
  const keys = createOidcKeys({ issuer, jwksUrl: config.jwksUrl, clock, log })
  return async token => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: TOLERANCE_S,
      currentDate: new Date(clock.now()),
      requiredClaims: ['sub', 'exp'],
    }).catch((error: unknown) => {
      throw error instanceof errors.JOSEError ? refused(error) : error
    })
    // Whoever has none would be one and the same person.
    if (typeof payload.sub !== 'string' || payload.sub.trim() === '')
      throw new TocsinError('API_KEY_INVALID', 'this token is not accepted: its claim "sub" is missing or wrong')
    const name = nameOf(payload)
    const role = roleOf(config, payload)
    if (role === null) {
      const known = Object.keys(config.roleMap).join(', ')
      throw new TocsinError(
        'FORBIDDEN',
        `the token of ${name} gives no role here: its claim "${config.roleClaim}" names none of ${known}`,
      )
    }
    return { id: `oidc:${payload.sub}`, name, role, projects: projectsOf(config, payload), via: 'oidc' }
  }
}

/** What was wrong, in our words: the library's may quote the token. */
function refused(error: errors.JOSEError): TocsinError {
  return new TocsinError('API_KEY_INVALID', `this token is not accepted: ${whatIsWrong(error)}`)
}

function whatIsWrong(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired, get a new one'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'it is meant for another audience'
    if (error.claim === 'iss') return 'it is of another issuer'
    if (error.claim === 'nbf') return 'it is not valid yet'
    return `its claim "${error.claim}" is missing or wrong`
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'it must be signed with a key pair (RS, PS, ES or EdDSA)'
  if (error instanceof errors.JWKSNoMatchingKey) return 'it is signed with a key that the provider does not list'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature does not fit'
  return 'it cannot be read'
}

/** The most that any value of the claim gives. */
function roleOf({ roleClaim, roleMap }: OidcConfig, payload: JWTPayload): Role | null {
  const given = listOf(claimAt(payload, roleClaim), roleClaim).flatMap(value => {
    return Object.hasOwn(roleMap, value) ? [roleMap[value]] : []
  })
  return ROLES.findLast(role => given.includes(role)) ?? null
}

/** A claim that is not there binds to no project at all: what is missing never opens everything. */
function projectsOf({ projectsClaim }: OidcConfig, payload: JWTPayload): string[] | null {
  if (projectsClaim === null) return null
  const projects = listOf(claimAt(payload, projectsClaim), projectsClaim)
  return projects.includes('*') ? null : projects
}

/** By its whole name first: providers put URLs with dots before theirs. */
function claimAt(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name]
  let value: unknown = payload
  for (const step of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = Reflect.get(value, step)
  }
  return value
}

/** Scopes are one string of words between blanks (RFC 8693 section 4.2; `scp` at some): the rest may hold blanks itself. */
const SCOPES = /(^|[./:])(scope|scp)$/

/** Some providers send a list, and of one value the value. */
function listOf(claim: unknown, name: string): string[] {
  if (Array.isArray(claim)) return claim.filter(part => typeof part === 'string')
  if (typeof claim !== 'string') return []
  return SCOPES.test(name) ? claim.split(' ').filter(part => part !== '') : [claim]
}

function nameOf({ email, email_verified: verified, preferred_username: username, sub }: JWTPayload): string {
  // OpenID Connect Core 1.0 section 5.1: an address that was not verified is what somebody typed.
  const address = verified === false || verified === 'false' ? null : email
  const name = [address, username, sub].find(one => typeof one === 'string' && one.trim() !== '')
  // It is told to others: on one line, without what hides or reorders text.
  return String(name)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .slice(0, NAME_MAX)
}
