import type { Condition } from '../classify/condition.ts'
import { evaluate } from '../classify/evaluate.ts'
import type { ReadField } from '../classify/fields.ts'

/** Something that keeps matching incidents quiet for a while: a silence, or a maintenance window while it lasts. */
export interface Cover {
  kind: 'silence' | 'maintenance'
  id: string
  /** In words: `silence sil_… of Ada`, `maintenance window "Nightly import"`. */
  by: string
  reason: string
  /** null: everything. */
  when: Condition | null
  /** ms; from then, and until just before. */
  from: number
  until: number
  coversDataLoss: boolean
  /** null: of all projects. */
  projects: readonly string[] | null
}

/** What of an incident is asked about. */
export interface Covered {
  read: ReadField
  project: string | null
  dataLoss: boolean
}

/**
 * Which of these keeps it quiet at `now`: the one that lasts longest, so that nobody is told in between; null: none. Data
 * loss is kept quiet only by what says that it means data loss too. Pure.
 */
export function coveredBy(incident: Covered, covers: readonly Cover[], now: number): Cover | null {
  let found: Cover | null = null
  for (const cover of covers) {
    if (cover.from > now || cover.until <= now) continue
    // Asked last: a condition costs more than a time.
    if ((found === null || cover.until > found.until) && isMeant(cover, incident)) found = cover
  }
  return found
}

/** Whether it is meant, whatever the time. */
export function isMeant(cover: Pick<Cover, 'when' | 'coversDataLoss' | 'projects'>, incident: Covered): boolean {
  if (incident.dataLoss && !cover.coversDataLoss) return false
  if (cover.projects !== null && (incident.project === null || !cover.projects.includes(incident.project))) return false
  return evaluate(cover.when, incident.read).truth === true
}
