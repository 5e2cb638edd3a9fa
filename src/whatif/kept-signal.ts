import type { Severity } from '../classify/severity.ts'
import type { Destination } from '../deliver/destination.ts'
import type { Act, Actor } from '../incidents/act.ts'
import type { Action } from '../incidents/change.ts'
import type { Incident, Suspect } from '../incidents/incident.ts'
import { type Impact, type IssueImpact, NO_ISSUE_IMPACT } from '../measure/impact.ts'
import { NO_FACTS } from '../signals/no-facts.ts'
import type { Facts, Signal } from '../signals/signal.ts'

/** What was measured for a signal when it was judged. */
export interface Recorded {
  impact: Impact
  /** A number about its project could not be had. */
  projectDegraded: boolean
  archived: boolean
  /** Issues behind its project's breach, as far as they decide who speaks for whom. */
  suspects: Suspect[]
}

/** One message that was owed in earnest: destination, whom it mentions, its kind of destination, may it wake someone. */
export interface KeptTold {
  destination: string
  mention: string | null
  kind: Destination['kind'] | null
  pages: boolean
}

/** What became of one incident by it. */
export interface KeptChange {
  incident: string
  action: Action
  severity: Severity
  status: Incident['status']
  routes: string[]
  told: KeptTold[]
  /** Why nobody was told who would have been; null: nothing held it back. */
  held: string | null
  /** A person, a silence or a maintenance window kept it quiet. */
  silenced: boolean
}

/**
 * Something that reached the incidents, with what came of it then: enough to judge it again under other rules. A signal
 * that was judged has `recorded`; a person's deciding has `act`; what time alone brought has neither.
 */
export interface Kept {
  /** When it was handled, ms. */
  at: number
  signal: Signal | null
  /** The rule its incident stood on, where it was our own measuring again; else null. */
  again: string | null
  recorded: Recorded | null
  act: { incident: string; id: string; act: Act; actor: Actor } | null
  /** The revision it was judged by; null: it was not. */
  revision: number | null
  /** How severe, by which rule; null: no verdict (nothing is breached). */
  own: { severity: Severity; rule: string } | null
  project: { severity: Severity; rule: string } | null
  changes: KeptChange[]
}

const VERSION = 1
const TITLE_MAX = 100

/** As one line of text: only what rules read, without what stands at its default. Users and links are left out. */
export function toLine(kept: Kept): string {
  return JSON.stringify({
    v: VERSION,
    ...kept,
    signal: kept.signal === null ? null : slim(kept.signal),
    recorded: kept.recorded === null ? null : slimRecorded(kept.recorded),
  })
}

/** Null: another version wrote it, or it is none. Never throws. */
export function fromLine(line: string): Kept | null {
  try {
    const { v, signal, recorded, ...rest } = JSON.parse(line)
    if (v !== VERSION || typeof rest.at !== 'number' || !Array.isArray(rest.changes)) return null
    return {
      ...rest,
      signal: signal === null ? null : fromSlim(signal),
      recorded: recorded === null ? null : recordedFrom(recorded),
    }
  } catch {
    return null
  }
}

/** Of an event only that there was one is asked. */
const SOME_EVENT = 'e'

function slim(signal: Signal): object {
  const { version: _, delivery: __, actor: ___, facts, ...rest } = signal
  const told: Facts = {
    ...facts,
    title: facts.title.slice(0, TITLE_MAX).toWellFormed(),
    event: facts.event === null ? null : SOME_EVENT,
    ...{ user: null, links: NO_FACTS.links, frame: null, culprit: null, shortId: null, lastSeen: null },
    ...{ lifetimeEvents: null, lifetimeUsers: null, organization: null, projectId: null },
  }
  return { ...rest, facts: differing(told, NO_FACTS) }
}

function fromSlim(
  slimmed: Omit<Signal, 'version' | 'delivery' | 'actor' | 'facts'> & { facts: Partial<Facts> },
): Signal {
  return { ...slimmed, version: 1, delivery: null, actor: null, facts: { ...NO_FACTS, ...slimmed.facts } }
}

type SlimRecorded = Omit<Recorded, 'impact'> & {
  impact: Omit<Impact, 'issue'> & { issue: Partial<IssueImpact> | null }
}

function slimRecorded({ impact, ...rest }: Recorded): SlimRecorded {
  const issue = impact.issue === null ? null : differing(impact.issue, NO_ISSUE_IMPACT)
  return { ...rest, impact: { ...impact, issue } }
}

function recordedFrom({ impact, ...rest }: SlimRecorded): Recorded {
  const issue = impact.issue === null ? null : { ...NO_ISSUE_IMPACT, ...impact.issue }
  return { ...rest, impact: { ...impact, issue } }
}

/** The fields that are not as they are by default. */
function differing<T extends object>(value: T, usual: T): Partial<T> {
  const given = Object.entries(value).filter(([name, is]) => {
    const by: unknown = usual[name as keyof T]
    return is !== by && JSON.stringify(is) !== JSON.stringify(by)
  })
  return Object.fromEntries(given) as Partial<T>
}
