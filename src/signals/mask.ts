/**
 * Takes personal data out of what we keep: e-mail addresses, public IP addresses, names, credentials, card numbers.
 * Every expression here is linear in the text: payloads are up to 4 MiB and come from applications we do not know.
 */

/** The part before @: a run of usual characters, or the one odd character RFC 5322 also allows, so that none slips by. */
const EMAIL =
  /(?:(?<![\p{L}\p{N}._%+'-])[\p{L}\p{N}._%+'-]+|[!#$&*/=?^`{|}~"])(?:@|%40)(?:[\p{L}\p{N}-]+\.)+\p{L}[\p{L}\p{N}-]*/gu
const IPV4 = /(?<!\d)(?<!\d\.)\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)/g
const IPV6 = /(?<![\p{L}\p{N}.])(?=[0-9a-f]*:[0-9a-f]*:)[0-9a-f:.]+/giu
const MANY_DIGITS = /[3-6]\d{3}[ -]?\d{4}/
const CARD = /(?<![\d.-])[3-6]\d{3}(?:[ -]?\d){9,15}(?![\d.-])/g

/**
 * Masks e-mail addresses and public IP addresses in a text. Private, loopback, link-local and multicast addresses stay:
 * they say which machine, not which person.
 */
export function maskText(text: string): string {
  let masked = text
  if (masked.includes('@') || masked.includes('%40')) masked = masked.replace(EMAIL, '[email]')
  if (/\d\.\d/.test(masked)) masked = masked.replace(IPV4, address => (isPublicIpv4(address) ? '[ip]' : address))
  if (/:[0-9a-f]*:/i.test(masked)) masked = masked.replace(IPV6, maskIpv6)
  return masked
}

function maskIpv6(run: string): string {
  const address = run.replace(/[.]+$/, '').replace(/(?<!:):$/, '')
  return isPublicIpv6(address) ? `[ip]${run.slice(address.length)}` : run
}

/** IANA's special-purpose registry: private, shared, loopback, link-local, unspecified, multicast and reserved are not public. */
function isPublicIpv4(address: string): boolean {
  const octets = address.split('.').map(Number)
  const [a = 0, b = 0] = octets
  if (octets.length !== 4 || octets.some(octet => octet > 255)) return false
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false
  if (a === 100 && b >= 64 && b < 128) return false
  return !((a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254))
}

function isPublicIpv6(address: string): boolean {
  const groups = ipv6Groups(address.toLowerCase())
  if (groups === null) return false
  // `Dead::Beef` is a class in somebody's program; an address without one digit is written in four groups or more.
  if (!/\d/.test(address) && address.split(':').filter(group => group !== '').length < 4) return false
  const first = groups[0] ?? 0
  const head = groups.slice(0, 7)
  if (head.every(group => group === 0)) return false // unspecified and loopback
  return (first & 0xfe00) !== 0xfc00 && (first & 0xffc0) !== 0xfe80 && (first & 0xff00) !== 0xff00
}

/** The eight groups of an IPv6 address, or null when it is none. */
function ipv6Groups(address: string): number[] | null {
  const halves = address.split('::')
  if (halves.length > 2) return null
  const [left, right] = halves.map(half => (half === '' ? [] : half.split(':')))
  const written = [...(left ?? []), ...(right ?? [])]
  if (written.some(group => !/^[0-9a-f]{1,4}$/.test(group))) return null
  if (halves.length === 1) return written.length === 8 ? written.map(hex) : null
  if (written.length > 7) return null
  const gap = new Array<number>(8 - written.length).fill(0)
  return [...(left ?? []).map(hex), ...gap, ...(right ?? []).map(hex)]
}

function hex(group: string): number {
  return Number.parseInt(group, 16)
}

const SECRET_KEY =
  /password|passwd|secret|token|api[_-]?key|credential|private[_-]?key|^(?:proxy-)?authorization$|^(?:set-)?cookies?$|^sentry-(?:hook|app)-signature$|^x-(?:forwarded-for|real-ip|csrf)/i
const PERSON_KEY =
  /^(?:email|contact_?email|ip|ip_address|ipaddress|user_?name|first_?name|last_?name|full_?name|display_?name|phone.*)$/i
/** Objects that describe a person: their `name` is a person's name, while a project's or a rule's is not. */
const PERSON_OBJECT = /^(?:user|actor|assignee|assigned_?to|feedback|author|owner|reporter|geo)$/i
const ID_KEY = /(?:^id|_id|Id|^project|timestamp)$/
const MAX_DEPTH = 64

/** Masks a parsed JSON value, all the way down: people, credentials, cookies, card numbers, addresses in any text. */
export function maskPayload(value: unknown): unknown {
  return maskValue(value, '', '', 0)
}

function maskValue(value: unknown, key: string, parent: string, depth: number): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value
  if (depth > MAX_DEPTH) return '[too deep]'
  if (SECRET_KEY.test(key)) return '[secret]'
  if (PERSON_KEY.test(key) || (PERSON_OBJECT.test(parent) && key === 'name')) return '[person]'
  if (typeof value === 'string') return maskString(value, key)
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) return maskList(value, key, parent, depth)
  const entries = Object.entries(value).map(([name, inner]) => [
    maskText(name),
    maskValue(inner, name, key === '' ? parent : key, depth + 1),
  ])
  return Object.fromEntries(entries)
}

/** Sentry writes headers, cookies and tags as lists of pairs: there the first of a pair is the key of the second. */
function maskList(list: unknown[], key: string, parent: string, depth: number): unknown[] {
  const [name, inner] = list
  if (list.length === 2 && typeof name === 'string' && !Array.isArray(inner))
    return [maskText(name), maskValue(inner, name, parent, depth + 1)]
  return list.map(item => maskValue(item, key, parent, depth + 1))
}

function maskString(text: string, key: string): string {
  const user = /^(?:username|email|ip):/.exec(text)
  if (key === 'user' && user !== null) return `${user[0]}[person]`
  const plain =
    ID_KEY.test(key) || !MANY_DIGITS.test(text)
      ? text
      : text.replace(CARD, digits => (isCard(digits) ? '[card]' : digits))
  return maskText(plain)
}

/** Luhn's check: an order number of the same length is usually none. */
function isCard(digits: string): boolean {
  const plain = digits.replace(/\D/g, '')
  if (plain.length < 13 || plain.length > 19) return false
  let sum = 0
  for (let index = 0; index < plain.length; index++) {
    const digit = Number(plain[plain.length - 1 - index])
    const doubled = digit * 2
    sum += index % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** Masks a body as it was stored: as JSON where it is JSON, else as text; bytes that are no text are masked as Latin-1. */
export function maskBody(stored: { body: string; encoding: 'utf8' | 'base64' }): string {
  if (stored.encoding === 'base64') {
    const text = Buffer.from(stored.body, 'base64').toString('latin1')
    return Buffer.from(maskText(text), 'latin1').toString('base64')
  }
  try {
    return JSON.stringify(maskPayload(JSON.parse(stored.body)))
  } catch {
    return maskText(stored.body)
  }
}
