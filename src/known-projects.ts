import type { Stores } from './stores.ts'

/** Of the newest incidents: a project that had none among these is hardly the one that somebody meant. */
const MOST_INCIDENTS = 1_000
const AT_ONCE = 100
/** Whoever edits rules edits several rows: what was read in full is good for a while. */
const GOOD_FOR_MS = 60_000

export interface KnownProjectsDeps {
  sources: Pick<Stores['sources'], 'all'>
  incidents: Pick<Stores['incidents'], 'recentIds' | 'readMany'>
  clock: { now(): number }
}

/**
 * Slugs of the projects that sources name and that the newest incidents are of. Incidents are read only while one of those
 * that are asked about is not among them, and in full once a minute at most. Throws when Redis does.
 */
export function createKnownProjects({ sources, incidents, clock }: KnownProjectsDeps) {
  let read: { projects: ReadonlySet<string>; until: number } | null = null

  return async function knownProjects(asked: readonly string[]): Promise<string[]> {
    const known = new Set(sources.all().flatMap(({ projects }) => projects))
    const isMissing = () => asked.some(project => !known.has(project))
    if (!isMissing()) return [...known]
    if (read !== null && clock.now() < read.until) return [...new Set([...known, ...read.projects])]
    for (let offset = 0; offset < MOST_INCIDENTS && isMissing(); offset += AT_ONCE) {
      const ids = await incidents.recentIds(false, offset, AT_ONCE)
      for (const { project } of await incidents.readMany(ids)) if (project !== null) known.add(project)
      if (ids.length < AT_ONCE) break
    }
    if (isMissing()) read = { projects: known, until: clock.now() + GOOD_FOR_MS }
    return [...known]
  }
}
