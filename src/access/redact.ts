import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

/** Members whose value is a secret by their name, wherever they are. `secrets` only lists which are set. */
const SECRET_NAME =
  /^(secret|.*(secret|token|password|passphrase|credential|authorization|api_?key|routing_?key|private_?key|signing_?key|encryption_?key)s?)$/i
const NOT_SECRET = new Set(['secrets', 'routingKeyId', 'secretsGiven'])
const HIDDEN = '[hidden]'

/** Rows, keys, destinations and incidents are far smaller; whole rules are named by their revision. */
const MOST_BYTES = 16_384
const BEGINNING = 2_000

/**
 * A copy to be kept for good: secrets hidden by name, known ones also by value (`scrub`), and what is large cut to its
 * beginning, with its size and SHA-256.
 */
export function redact(value: unknown, scrub: (text: string) => string): unknown {
  const hidden = hide(value ?? null)
  const text = scrub(canonicalJson(hidden))
  const bytes = Buffer.byteLength(text)
  const whole = bytes <= MOST_BYTES ? asJson(text) : null
  if (whole !== null) return whole.value
  const sha256 = createHash('sha256').update(text).digest('hex')
  return { cut: true, bytes, sha256, beginning: text.slice(0, BEGINNING) }
}

function hide(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hide)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, inner]) => {
    const secret = SECRET_NAME.test(name) && !NOT_SECRET.has(name) && inner !== null && inner !== undefined
    return [name, secret ? HIDDEN : hide(inner)]
  })
  return Object.fromEntries(members)
}

/** Null: what was hidden by its value tore the JSON apart. */
function asJson(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return null
  }
}
