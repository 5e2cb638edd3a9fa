import type { Severity } from '../classify/severity.ts'

/** An incident that opened, as a storm looks at it. */
export interface Newcomer {
  incident: string
  /** Who may be counted and spoken for together: see `stormLane`. */
  lane: string
  at: number
}

/** Many incidents within a time, of one project, release or cause, are a storm. */
export interface StormRule {
  incidents: number
  withinMs: number
}

/** What is known of one lane before the newcomer. Lists are oldest first and name incidents that may speak, and are open. */
export interface StormState {
  /** What opened lately, each by itself. */
  recent: readonly { incident: string; at: number }[]
  /** Who speaks for the storm; null: there is none, or its speaker has ended. */
  speaker: string | null
  /** Whom a storm holds back: they stay in it when its speaker ends. */
  members: readonly string[]
  /** When the last one joined. */
  lastAt: number
}

export type StormAnswer =
  /** It speaks for itself. `leads`: and for these, as their speaker has ended. */
  | { spokenFor: false; leads: string[]; reason: string }
  /** `speaker` speaks for it; `hush`: those that spoke for themselves until it was a storm. */
  | { spokenFor: true; speaker: string; hush: string[]; reason: string }

/**
 * Whom one incident may share a post with: only those of the same severity and core flow, told to the same places. So a
 * storm never absorbs what is more severe, another core flow, or what another team would have read. Null: never part of a
 * storm. Data loss speaks for itself, and a backlog entry disturbs nobody.
 */
export function stormLane(incident: {
  severity: Severity
  flow: string | null
  dataLoss: boolean
  /** Where it would be told first, backlogs left out. */
  told: readonly string[]
}): string | null {
  if (incident.dataLoss || incident.told.length === 0) return null
  return [incident.severity, incident.flow ?? '', ...new Set(incident.told.toSorted())].join('|')
}

/** Does a storm speak for it? Pure; asking again gives the same answer. */
export function inStorm(newcomer: Newcomer, state: StormState, rule: StormRule): StormAnswer {
  const { incident, at } = newcomer
  const member = state.members.includes(incident)
  if (state.speaker === incident) return { spokenFor: false, leads: [], reason: 'speaks for its storm already' }
  if (state.speaker !== null && (member || at - state.lastAt <= rule.withinMs))
    return { spokenFor: true, speaker: state.speaker, hush: [], reason: 'one of a storm' }
  if (member && state.speaker === null) {
    const leads = state.members.filter(other => other !== incident)
    return { spokenFor: false, leads, reason: 'the incident that spoke for the storm has ended' }
  }
  const others = state.recent.filter(one => one.incident !== incident && at - one.at <= rule.withinMs)
  const [first, ...rest] = others
  if (first === undefined || others.length + 1 < rule.incidents)
    return { spokenFor: false, leads: [], reason: 'no storm' }
  const reason = `${others.length + 1} incidents within ${Math.round(rule.withinMs / 1000)} s are a storm`
  return { spokenFor: true, speaker: first.incident, hush: rest.map(one => one.incident), reason }
}
