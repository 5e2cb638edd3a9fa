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
