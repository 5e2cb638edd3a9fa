import { countsIn, placesOf, projectId, projectOf, type StandInIssue, type StandInWorld } from './sentry-world.ts'

/** Issues as the stand-in lists and details them, in the shapes of Sentry's API (sentry-api-schema, openapi-derefed.json). */

const HOUR_MS = 3_600_000
const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`

export function issueDetails(world: StandInWorld, id: string, issue: StandInIssue, now: number): object {
  return {
    ...base(world, id, issue),
    // Text on the wire, and over all environments.
    count: String(issue.events),
    userCount: issue.users,
    firstSeen: iso(firstSeenOf(issue, now)),
    lastSeen: iso(newest(placesOf(issue, now))),
    owners: issue.owners ?? null,
  }
}

/**
 * Every issue that the question matches, in its order. Its counts and dates are of the asked span alone, and `lifetime` has
 * the whole, as Sentry does (Sentry's source: api/serializers/models/group_stream.py).
 */
export function listedIssues(world: StandInWorld, params: URLSearchParams, now: number): object[] {
  const query = params.get('query') ?? 'is:unresolved'
  const from = params.has('start')
    ? Date.parse(`${params.get('start')}Z`)
    : now - periodMs(params.get('statsPeriod') ?? '90d')
  const to = params.has('end') ? Date.parse(`${params.get('end')}Z`) : Number.POSITIVE_INFINITY
  const environments = params.getAll('environment')
  const projects = [...params.getAll('project'), ...params.getAll('projectSlug')]
  const collapsed = params.getAll('collapse')
  // Asked by id, neither search nor span says which.
  const named = params.getAll('group')

  const found = Object.entries(world.issues).flatMap(([id, issue]) => {
    const slug = projectOf(issue)
    if (projects.length > 0 && !projects.includes(slug) && !projects.includes(projectId(world, slug))) return []
    if (issue.listed === false) return []
    if (named.length > 0 ? !named.includes(id) : !answersTo(issue, query)) return []
    const places = placesOf(issue, now).filter(({ environment }) => {
      if (query.includes('!has:environment') && environment !== null) return false
      return environments.length === 0 || (environment !== null && environments.includes(environment))
    })
    const lastSeen = newest(places)
    const within = lastSeen >= from && firstSeenOf(issue, now) <= to
    if (places.length === 0 || (named.length === 0 && !within)) return []
    const names = places.map(({ environment }) => environment)
    return [{ id, issue, lastSeen: Math.min(lastSeen, to), whole: lastSeen, counts: countsIn(issue, names, 3600) }]
  })
  const order = params.get('sort') ?? 'date'
  found.sort((a, b) => (order === 'user' ? b.counts.users - a.counts.users : 0) || b.lastSeen - a.lastSeen)

  return found.map(({ id, issue, lastSeen, whole, counts }) => {
    const firstSeen = firstSeenOf(issue, now)
    const seen = { count: String(counts.events), userCount: counts.users }
    return {
      ...base(world, id, issue),
      ...seen,
      firstSeen: iso(Math.max(firstSeen, from)),
      lastSeen: iso(lastSeen),
      ...(collapsed.includes('stats') || collapsed.includes('lifetime')
        ? {}
        : { lifetime: { ...seen, firstSeen: iso(firstSeen), lastSeen: iso(whole) } }),
    }
  })
}

function base(world: StandInWorld, id: string, issue: StandInIssue): object {
  const slug = projectOf(issue)
  const title = issue.title ?? 'TypeError: undefined is not a function'
  return {
    id,
    shortId: `${slug.toUpperCase()}-${id}`,
    title,
    culprit: issue.culprit ?? issue.latest?.transaction ?? 'src/app.ts in submit',
    level: issue.level ?? 'error',
    status: issue.status ?? 'unresolved',
    substatus: issue.substatus === undefined ? 'new' : issue.substatus,
    statusDetails: issue.statusDetails ?? {},
    isUnhandled: issue.isUnhandled ?? true,
    issueCategory: issue.issueCategory ?? 'error',
    issueType: issue.issueType ?? issue.issueCategory ?? 'error',
    metadata: { type: issue.latest?.errorClass ?? title.split(':')[0], value: issue.latest?.message ?? title },
    project: { id: projectId(world, slug), slug, name: slug, platform: 'javascript' },
    assignedTo: issue.assignedTo ?? null,
    permalink: `https://acme.sentry.io/issues/${id}/`,
  }
}

/** The words of a search that the stand-in knows; any other is overlooked. */
function answersTo(issue: StandInIssue, query: string): boolean {
  const status = /(?:^|\s)is:(\S+)/.exec(query)?.[1]
  if (status !== undefined && (issue.status ?? 'unresolved') !== (status === 'archived' ? 'ignored' : status))
    return false
  return !query.includes('error.unhandled:true') || (issue.isUnhandled ?? true)
}

function firstSeenOf(issue: StandInIssue, now: number): number {
  return issue.firstSeen ?? Math.min(now - HOUR_MS, ...placesOf(issue, now).map(({ lastSeen }) => lastSeen))
}

function newest(places: readonly { lastSeen: number }[]): number {
  return Math.max(...places.map(({ lastSeen }) => lastSeen))
}

/** `1h`, `10m`, `90s`, `14d`. */
export function periodMs(period: string): number {
  return Number.parseInt(period, 10) * ({ s: 1_000, m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS }[period.slice(-1)] ?? 1_000)
}
