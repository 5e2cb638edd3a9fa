import { moreSevere } from '../src/classify/severity.ts'
import type { Incident } from '../src/incidents/incident.ts'
import type { Fault, Happened } from './assess.ts'
import { becameAt, pagesOf, worstOf } from './evidence.ts'
import type { Problem } from './story.ts'

/** One labelled problem and the incidents that are about it. */
export interface About {
  problem: Problem
  own: readonly Incident[]
  zero: number
  happened: Happened
  say(fault: Fault, expected: string, found: string): void
}

/** Says everything that is wrong about it; how many pages came, and how long after the harm was plain the first. */
export function assessProblem(about: About): { paged: number; timeToPage: number | null } {
  const pages = about.own.flatMap(incident => pagesOf(incident, about.happened)).sort((a, b) => a - b)
  const severe = assessSeverity(about)
  assessHowMany(about, pages, severe)
  const timeToPage = assessWhen(about, pages)
  assessShape(about)
  return { paged: pages.length, timeToPage }
}

/** Is it as severe as the label says? */
function assessSeverity({ problem, own, say }: About): boolean {
  // Trouble of a source itself stands beside what hurts users: it is no measure of how much.
  const worst = worstOf(own.filter(incident => incident.kind !== 'source' || problem.ofSource))
  if (problem.severity.includes(worst)) return true
  const mildest = problem.severity.at(-1) ?? 'none'
  const tooMild = worst === 'none' || (mildest !== 'none' && mildest < 'P2' && moreSevere(mildest, worst))
  say(tooMild ? 'missed' : 'wrong severity', problem.severity.join(' or '), worst)
  return false
}

function assessHowMany({ problem, own, say }: About, pages: readonly number[], severe: boolean): void {
  const most = Math.max(problem.pages, problem.mayPage ? 1 : 0)
  if (pages.length > most) {
    if (most === 0) say('false page', 'no page', `${pages.length}`)
    else say('split', `${most} page`, `${pages.length} pages`)
  }
  if (pages.length >= problem.pages) return
  const held = own.find(({ quiet }) => quiet !== null && !own.some(({ id }) => id === quiet.speaker))
  if (pages.length > 0) say('missed', `${problem.pages} pages`, `${pages.length}`)
  else if (held !== undefined) say('merged', 'a page of its own', `${held.quiet?.speaker} speaks for it`)
  // Else it is said already that it was not even severe.
  else if (severe) say('missed', `${problem.pages} page`, 'no page')
}

/** In time, and not before there was any harm? */
function assessWhen({ problem, own, zero, happened, say }: About, pages: readonly number[]): number | null {
  const { plain, within, notBefore } = problem
  const early = pages.find(at => at < zero + notBefore)
  if (early !== undefined) say('false page', `none before ${minutes(notBefore)}`, minutes(early - zero))
  if (plain === null) return null
  const loud = problem.pages > 0 ? pages : own.flatMap(incident => becameAt(incident, 'P1', happened))
  if (loud.length === 0) return null
  const took = Math.min(...loud) - zero - plain
  if (took > within) say('late', `told within ${minutes(within)}`, `after ${minutes(took)}`)
  return problem.pages > 0 ? Math.max(0, took) : null
}

/** As many incidents and lives as it has, and the right end? */
function assessShape({ problem, own, say }: About): void {
  const incidents = own.filter(incident => incident.kind !== 'source')
  if (incidents.length > problem.incidents) say('split', `${problem.incidents} incidents`, `${incidents.length}`)
  const told = Math.max(0, ...own.map(incident => incident.generation))
  if (problem.lives !== null && told > problem.lives) say('split', `${problem.lives} life`, `${told} generations`)
  const open = incidents.filter(incident => incident.status !== 'resolved').length
  if (own.length === 0) return
  if (problem.ends === 'resolved' && open > 0) say('wrong end', 'resolved', `${open} open`)
  if (problem.ends === 'open' && open === 0) say('wrong end', 'still open', 'resolved')
}

function minutes(ms: number): string {
  return `${(ms / 60_000).toFixed(1)} min`
}
