import type { Incident, TimelineEntry } from '../src/incidents/incident.ts'
import { type About, assessProblem } from './assess-problem.ts'
import { evidenceOf, pagesOf } from './evidence.ts'
import type { Problem } from './story.ts'

/** What went wrong, in the words of the figures it counts for. */
export type Fault = 'missed' | 'late' | 'false page' | 'wrong severity' | 'merged' | 'split' | 'wrong end' | 'invented'

export interface Finding {
  fault: Fault
  scenario: string
  problem: string
  expected: string
  found: string
  evidence: string[]
}

/** A scenario's labels and what is needed to read them against what happened. */
export interface Labelled {
  scenario: string
  problems: readonly Problem[]
  /** Issues that no problem names: nobody is to be paged for them, and they are P2 at most. */
  backdrop: ReadonlySet<string>
  projects: ReadonlySet<string>
  source: string
  zero: number
}

export interface Happened {
  incidents: readonly Incident[]
  timelines: ReadonlyMap<string, readonly TimelineEntry[]>
  pages: readonly { dedupKey: string; at: number }[]
}

export interface Assessment {
  findings: Finding[]
  /** Problems that somebody must be paged for, lives counted. */
  mustPage: number
  /** Pages that came for those. */
  paged: number
  /** Of each first page: ms since the harm was plain. */
  timesToPage: number[]
  problems: number
}

/** Holds what happened against the labels. Pure. */
export function assess(labelled: readonly Labelled[], happened: Happened): Assessment {
  const total: Assessment = { findings: [], mustPage: 0, paged: 0, timesToPage: [], problems: 0 }
  const claimed = new Set<string>()
  for (const one of labelled) {
    for (const problem of one.problems) {
      const own = happened.incidents.filter(incident => belongs(incident, problem, one.source))
      for (const { id } of own) claimed.add(id)
      const evidence = evidenceOf(one.zero, own, happened)
      const about: About = {
        problem,
        own,
        zero: one.zero,
        happened,
        say: (fault, expected, found) =>
          total.findings.push({ fault, scenario: one.scenario, problem: problem.name, expected, found, evidence }),
      }
      const { paged, timeToPage } = assessProblem(about)
      total.problems += 1
      total.mustPage += problem.pages
      if (problem.pages > 0) total.paged += paged
      if (timeToPage !== null) total.timesToPage.push(timeToPage)
    }
  }
  for (const incident of happened.incidents) {
    if (!claimed.has(incident.id)) total.findings.push(...assessUnclaimed(incident, labelled, happened))
  }
  return total
}

function belongs(incident: Incident, problem: Problem, source: string): boolean {
  if (incident.source !== source) return false
  switch (incident.kind) {
    case 'issue':
      return problem.issues.includes(incident.issue ?? '')
    case 'project':
      return problem.projects.includes(incident.project ?? '')
    case 'metric':
      return problem.monitors.some(
        rule => incident.key.endsWith(`detector-${rule}`) || `metric:${rule}` in incident.causes,
      )
    case 'source':
      return problem.ofSource
  }
}

/** Nobody named it: only a mild incident of an issue in the backdrop is in order. */
function assessUnclaimed(incident: Incident, labelled: readonly Labelled[], happened: Happened): Finding[] {
  const one = labelled.find(
    ({ backdrop, projects, source }) =>
      incident.source === source &&
      (backdrop.has(incident.issue ?? '') || projects.has(incident.project ?? '') || source !== 'default'),
  )
  const findings: Finding[] = []
  const say = (fault: Fault, expected: string, found: string) =>
    findings.push({
      fault,
      scenario: one?.scenario ?? 'none',
      problem: incident.title,
      expected,
      found,
      evidence: evidenceOf(one?.zero ?? null, [incident], happened),
    })
  const pages = pagesOf(incident, happened).length
  const { kind, severity } = incident
  if (pages > 0) say('false page', 'no page', `${pages}`)
  if (one === undefined || kind !== 'issue' || !one.backdrop.has(incident.issue ?? ''))
    say('invented', 'no such incident', `${kind} ${severity}`)
  else if (severity === 'P0' || severity === 'P1') say('wrong severity', 'P2 or P3', severity)
  return findings
}
