import type { Severity } from '../src/classify/severity.ts'
import type { Stage } from './model/stage.ts'
import type { SwitchName } from './switches.ts'

/**
 * A scenario: what happens to users, and what a person on call would want to know of it. The labels are the author's
 * judgement of the harm by the table that people agreed on, never the service's own rules.
 */
export interface Scenario {
  name: string
  /** Whom it hurts, and what somebody on call would want. */
  story: string
  /** Minutes it plays. */
  lasts: number
  /** Rules of judgement without which it goes wrong. */
  witnesses?: readonly SwitchName[]
  /** A Sentry integration of its own, because it breaks Sentry's API or its clock. */
  own?: { skewMs: number }
  play(stage: Stage): void
}

/** One problem that somebody answers for: what belongs to it, how bad it is, who must hear of it. */
export interface Problem {
  name: string
  /** Sentry ids of its issues. */
  issues: readonly string[]
  /** Slugs of projects whose crash-free rate or spike it is. */
  projects: readonly string[]
  /** Ids of the metric monitors that speak of it. */
  monitors: readonly string[]
  /** It may show as trouble of the source itself, too. */
  ofSource: boolean
  /** How severe a reasonable person finds it at its worst; several where reasonable people differ; none: no incident is fine. */
  severity: readonly (Severity | 'none')[]
  /** Since when the harm is plain, ms since the scenario's start; null: there is no hurry. */
  plain: number | null
  /** Before that nobody is hurt so: a page or a P0 then is false. */
  notBefore: number
  /** It must be told within so many ms of being plain. */
  within: number
  /** How many times somebody must be paged: once for each of its lives. */
  pages: number
  /** Pages may come, or not: reasonable people differ. */
  mayPage: boolean
  /** At most so many incidents may hold it. */
  incidents: number
  /** It is told anew at most so many times: lives of one incident; null: as often as it comes. */
  lives: number | null
  /** How it must stand at the end; null: either. */
  ends: 'open' | 'resolved' | null
}

export function scenario(story: Scenario): Scenario {
  return story
}
