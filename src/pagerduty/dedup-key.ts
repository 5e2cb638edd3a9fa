import { createHash } from 'node:crypto'
import type { Incident } from '../incidents/incident.ts'

// developer-docs events-API-v2/02-Trigger-Events: "max 255 characters".
const MOST = 255

/**
 * One open alert per incident and page generation: the same problem told twice attaches, a later life is a new alert.
 * Printable ASCII, at most 255 characters; a key that would not fit is hashed, always to the same value.
 */
export function pagerdutyDedupKey(incident: Pick<Incident, 'key' | 'generation'>): string {
  const plain = `${incident.key}:g${incident.generation}`
  if (plain.length <= MOST && /^[\x21-\x7e]+$/.test(plain)) return plain
  return `tocsin:${createHash('sha256').update(incident.key).digest('hex')}:g${incident.generation}`
}
