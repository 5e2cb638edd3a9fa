import { createHash } from 'node:crypto'
import type { Signal, Subject } from './signal.ts'

/** Bump when a key is made differently: old incidents then keep their old keys. */
const VERSION = 'v1'

/**
 * The one place where an incident's key is made. Null when the subject can be no incident.
 * Without environment: lifecycle webhooks carry none, and Sentry's status is global.
 */
export function incidentKey(source: string, subject: Subject): string | null {
  switch (subject.kind) {
    case 'issue':
      return `${VERSION}:issue:${source}:${subject.issue}`
    case 'project':
      return `${VERSION}:project:${source}:${subject.project}`
    case 'metric':
      return subject.detector === null
        ? `${VERSION}:metric:${source}:${subject.project}:${subject.measures}:${subject.windowMinutes ?? 'any'}`
        : `${VERSION}:metric:${source}:detector-${subject.detector}`
    case 'source':
      return `${VERSION}:source:${source}:${subject.condition}`
    case 'none':
      return null
  }
}

/** The public id of the incident with that key: one key, one incident, for good. 20 characters, `inc_` and 80 bits. */
export function incidentId(key: string): string {
  const known = IDS.get(key)
  if (known !== undefined) return known
  const id = `inc_${createHash('sha256').update(key).digest('hex').slice(0, 20)}`
  if (IDS.size >= MOST_IDS) IDS.clear()
  IDS.set(key, id)
  return id
}

/** One signal asks for the same id several times, and its incident's next signal again. */
const IDS = new Map<string, string>()
const MOST_IDS = 10_000

/** Where the cause that a signal names stands in its incident: an incident resolves when every cause has cleared. */
export function causeKey(signal: Signal): string {
  if (signal.metric !== null)
    return `metric:${signal.metric.rule.id ?? signal.metric.rule.name ?? signal.metric.measures}`
  if (signal.subject.kind === 'issue') return `issue:${signal.subject.issue}`
  if (signal.subject.kind === 'source') return `source:${signal.subject.condition}`
  return signal.facts.issue === null ? signal.resource : `issue:${signal.facts.issue}`
}
