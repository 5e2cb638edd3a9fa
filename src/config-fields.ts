import { isIP } from 'node:net'
import { z } from 'zod'

/** What the values of the environment must look like. Messages say what to do and never repeat the value. */

export const text = z.string().nullable()
export const commaList = z
  .string()
  .transform(value =>
    value
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== ''),
  )
  .refine(parts => parts.length > 0, 'is only commas: give at least one entry')

/** A provider's address: https, or plain http on loopback only, because secrets travel in its requests. */
export const providerUrl = z
  .string()
  .refine(isSafeUrl, 'must be an https:// URL (plain http:// only for a loopback address)')
export const uuid = z
  .string()
  .regex(
    /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i,
    'must be a uuid: 32 hexadecimal digits, with dashes or without',
  )
export const redisUrls = commaList.refine(
  urls => urls.every(url => ['redis:', 'rediss:'].includes(urlOf(url)?.protocol ?? '')),
  'must be redis:// or rediss:// URLs, comma-separated for the nodes of a cluster',
)
export const encryptionKeys = commaList
  .refine(
    keys => keys.every(key => /^[A-Za-z0-9+/]{43}=$/.test(key)),
    'each entry must be 32 bytes in base64 (44 characters); make one with: openssl rand -base64 32',
  )
  .transform(keys => keys.map(key => Buffer.from(key, 'base64')))
export const proxies = commaList.refine(
  entries => entries.every(isProxyAddress),
  'must be IP addresses or ranges such as 10.0.0.0/8, comma-separated (or loopback, linklocal, uniquelocal)',
)

/** Compared with `iss` letter by letter, so it is kept as it was given. */
export const oidcIssuer = z
  .string()
  .refine(
    value => isSafeUrl(value) && !/[?#]/.test(value),
    'must be an https:// URL without query (plain http:// only for a loopback address)',
  )

const ROLES = ['viewer', 'responder', 'editor', 'admin'] as const
const ROLE_MAP =
  'must be claim-value=role pairs, comma-separated, or a JSON object; roles are viewer, responder, editor, admin'

/** `oncall=responder,platform=admin` or `{"oncall":"responder"}`. */
export const roleMap = z.string().transform((value, context) => {
  const parsed = z.record(z.string().min(1), z.enum(ROLES)).safeParse(pairsIn(value))
  if (parsed.success && Object.keys(parsed.data).length > 0) return parsed.data
  context.addIssue({ code: 'custom', message: ROLE_MAP })
  return z.NEVER
})

function pairsIn(value: string): unknown {
  if (value.trim().startsWith('{')) {
    try {
      return JSON.parse(value)
    } catch {
      return null
    }
  }
  const pairs = value.split(',').filter(part => part.trim() !== '')
  return Object.fromEntries(
    pairs.map(pair => {
      const at = pair.lastIndexOf('=')
      return [pair.slice(0, Math.max(at, 0)).trim(), pair.slice(at + 1).trim()]
    }),
  )
}

export function urlOf(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null
}

function isSafeUrl(value: string): boolean {
  const url = urlOf(value)
  if (url === null || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function isProxyAddress(entry: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(entry)) return true
  const [address = '', bits, ...rest] = entry.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}
