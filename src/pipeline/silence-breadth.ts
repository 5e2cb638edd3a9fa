import type { Notification } from '../deliver/notification.ts'
import type { NotificationStore } from '../deliver/notification-store.ts'
import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Breadth } from '../mute/breadth.ts'
import { type Cover, isMeant } from '../mute/covered-by.ts'
import type { Clock } from '../platform/clock.ts'
import type { Settings } from '../rules/rules-document.ts'
import { covered } from './covers.ts'

export interface SilenceBreadthDeps {
  incidents: Pick<IncidentStore, 'recentIds' | 'readMany'>
  notifications: Pick<NotificationStore, 'list'>
  /** What a message there is; null: neither (a backlog entry). */
  wakes(destination: string): 'page' | 'post' | null
  clock: Clock
}

const LOOK_BACK_MS = 30 * 86_400_000
const MOST_INCIDENTS = 20_000
const MOST_COUNTED = 2_000
const AT_ONCE = 200
const MOST_NAMED = 20
const TOLD: readonly Notification['kind'][] = ['open', 'raise', 'step', 'fallback']

/** Holds a silence against the incidents of the last 30 days, as they are now. Reads them all: some ms for each hundred. */
export function createSilenceBreadth(deps: SilenceBreadthDeps) {
  return async function silenceBreadth(cover: Pick<Cover, 'when' | 'coversDataLoss' | 'projects'>): Promise<Breadth> {
    const since = deps.clock.now() - LOOK_BACK_MS
    const matched: Incident[] = []
    const [all, hit] = [new Set<string>(), new Set<string>()]
    let of = 0
    let complete = false
    for (let offset = 0; offset < MOST_INCIDENTS && !complete; offset += AT_ONCE) {
      const ids = await deps.incidents.recentIds(false, offset, AT_ONCE)
      const found = (await deps.incidents.readMany(ids)).filter(({ updatedAt }) => updatedAt >= since)
      complete = ids.length < AT_ONCE || found.length === 0
      for (const incident of found) {
        // Of a silence that is bound to projects only these are counted.
        if (cover.projects !== null && !cover.projects.includes(incident.project ?? '')) continue
        of += 1
        if (incident.project !== null) all.add(incident.project)
        if (!isMeant(cover, covered(incident))) continue
        matched.push(incident)
        if (incident.project !== null) hit.add(incident.project)
      }
    }
    const { pages, posts } = await told(matched.slice(0, MOST_COUNTED), since)
    return {
      incidents: { matched: matched.length, of },
      projects: { matched: hit.size, of: all.size, names: [...hit].sort().slice(0, MOST_NAMED) },
      p0: matched.filter(({ severity }) => severity === 'P0').length,
      pages,
      posts,
      open: matched.filter(({ status }) => status !== 'resolved').length,
      sample: matched.slice(0, MOST_NAMED).map(({ id, title, severity, status, project, openedAt }) => ({
        ...{ id, title, severity, status, project, openedAt },
      })),
      complete: complete && matched.length <= MOST_COUNTED,
    }
  }

  async function told(matched: readonly Incident[], since: number): Promise<{ pages: number; posts: number }> {
    let [pages, posts] = [0, 0]
    for (let at = 0; at < matched.length; at += AT_ONCE) {
      const some = await Promise.all(matched.slice(at, at + AT_ONCE).map(({ id }) => deps.notifications.list(id)))
      for (const { kind, owedAt, destination, status } of some.flat()) {
        if (!TOLD.includes(kind) || owedAt < since || status === 'dropped') continue
        const what = deps.wakes(destination)
        if (what === 'page') pages += 1
        else if (what === 'post') posts += 1
      }
    }
    return { pages, posts }
  }
}

/** Why it takes a confirmation, each with its numbers; empty: it does not. */
export function tooBroad(breadth: Breadth, limit: Settings['silenceBreadth']): string[] {
  const { incidents, projects, p0 } = breadth
  const found: string[] = []
  if (incidents.matched >= limit.atLeast && incidents.matched * 100 > incidents.of * limit.incidentsPercent)
    found.push(
      `it matches ${incidents.matched} of the ${incidents.of} incidents of the last 30 days, more than ${limit.incidentsPercent} %`,
    )
  if (projects.matched > 1 && projects.matched * 100 > projects.of * limit.projectsPercent)
    found.push(
      `it matches incidents of ${projects.matched} of ${projects.of} projects, more than ${limit.projectsPercent} %`,
    )
  if (p0 > 0) found.push(`it matches ${p0} P0 ${p0 === 1 ? 'incident' : 'incidents'} of the last 30 days`)
  return found
}
