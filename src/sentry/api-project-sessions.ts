import type { ListedProject, ProjectSessions } from '../measure/survey.ts'
import type { Params } from './api-query.ts'
import { lastHourParams, type Sample, type SessionCounts, sampleLastHour } from './api-session-counts.ts'

/** Sessions of every project at once. */

/** `byRelease` makes a group of every release there is, which may be more than Sentry answers (10,000 points). */
export function projectSessionsParams(byRelease: boolean): Params {
  return lastHourParams(['project', 'session.status', 'environment', ...(byRelease ? ['release'] : [])])
}

/** Rounded to whole sessions; projects and releases without any in production are left out. */
export function toProjectSessions(
  counts: SessionCounts,
  projects: readonly ListedProject[],
  production: readonly string[],
  now: number,
): ProjectSessions[] {
  const slugs = new Map(projects.map(({ id, slug }) => [id, slug]))
  const byProject = new Map<string, { whole: Sample; releases: Map<string, Sample> }>()
  for (const { project, release, ...sample } of sampleLastHour(counts, production, now)) {
    if (project === null) continue
    const name = slugs.get(project) ?? project
    const known = byProject.get(name) ?? { whole: { sessions: 0, crashed: 0 }, releases: new Map<string, Sample>() }
    byProject.set(name, known)
    known.whole = plus(known.whole, sample)
    if (release !== null) known.releases.set(release, plus(known.releases.get(release), sample))
  }
  return [...byProject]
    .map(([project, { whole, releases }]) => ({
      project,
      production: rounded(whole),
      releases: [...releases]
        .map(([release, sample]) => ({ release, ...rounded(sample) }))
        .filter(({ sessions }) => sessions > 0),
    }))
    .filter(({ production }) => production.sessions > 0)
}

function plus(sum: Sample = { sessions: 0, crashed: 0 }, { sessions, crashed }: Sample): Sample {
  return { sessions: sum.sessions + sessions, crashed: sum.crashed + crashed }
}

function rounded({ sessions, crashed }: Sample): Sample {
  return { sessions: Math.round(sessions), crashed: Math.round(crashed) }
}
