import { createHash } from 'node:crypto'
import { issueDetails, listedIssues, periodMs } from './sentry-issues.ts'
import {
  countsIn,
  projectId,
  projectSlugs,
  type StandInIssue,
  type StandInProject,
  type StandInWorld,
} from './sentry-world.ts'

/** What the stand-in answers to each question, in the shapes of Sentry's API (sentry-api-schema, openapi-derefed.json). */

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** A refusal (`status` 400 or above), the body of an answer, or a list that is answered by pages. */
export type SentryAnswer =
  | { status: number; detail: string }
  | { body: unknown }
  | { list: readonly unknown[]; perPage: number; offset: number }

const NOT_FOUND: SentryAnswer = { status: 404, detail: 'The requested resource does not exist' }
const MOST_PER_PAGE = 100

export function answerPath(world: StandInWorld, path: string, params: URLSearchParams, now: number): SentryAnswer {
  // Sentry's own way with a name that does not exist.
  if (params.getAll('environment').some(name => !world.environments.includes(name))) return NOT_FOUND
  const [, issue, rest] = /^issues\/([^/]+)\/(.*)$/.exec(path) ?? []
  if (issue !== undefined) {
    const known = world.issues[issue]
    if (known === undefined) return NOT_FOUND
    if (rest === '') return { body: issueDetails(world, issue, known, now) }
    if (rest === 'comments/') {
      const notes = (known.comments ?? []).map(({ id, text, at }) => ({
        ...{ id, type: 'note', data: { text }, dateCreated: iso(at), user: null },
      }))
      return { body: notes.reverse() }
    }
    return rest === 'events/latest/' ? { body: latestEvent(issue, known, now) } : NOT_FOUND
  }
  switch (path) {
    case 'issues/':
      return paged(listedIssues(world, params, now), params)
    case 'projects/':
      return paged(
        projectSlugs(world).map(slug => ({ id: projectId(world, slug), slug, name: slug, platform: 'javascript' })),
        params,
      )
    case 'sentry-app-installations/':
      return {
        body: world.installations.map(({ uuid, app }) => ({
          ...{ uuid, app: { uuid: app, slug: 'tocsin' }, organization: { slug: 'acme', id: 1 }, status: 'installed' },
        })),
      }
    case 'environments/':
      return { body: world.environments.map((name, i) => ({ id: String(i + 1), name })) }
    case 'events/':
      return { body: params.getAll('field').includes('project') ? byProject(world, params) : table(world, params) }
    case 'events-timeseries/':
      return { body: timeseries(world, askedProjects(world, params)[0]?.[1], params, now) }
    case 'sessions/':
      return { body: sessions(world, params, now) }
    case 'releases/': {
      const releases = askedProjects(world, params)[0]?.[1].releases ?? []
      return {
        body: releases.map((version, age) => ({ version, dateCreated: iso(now - (age + 1) * HOUR_MS) })),
      }
    }
    default:
      return NOT_FOUND
  }
}

function paged(list: readonly unknown[], params: URLSearchParams): SentryAnswer {
  const perPage = Number.parseInt(params.get('limit') ?? params.get('per_page') ?? String(MOST_PER_PAGE), 10)
  if (!(perPage >= 1 && perPage <= MOST_PER_PAGE)) {
    return { status: 400, detail: 'Invalid per_page value. Must be between 1 and 100.' }
  }
  const [, offset] = /^0:(\d+):[01]$/.exec(params.get('cursor') ?? '0:0:0') ?? []
  return offset === undefined
    ? { status: 400, detail: 'Invalid cursor parameter.' }
    : { list, perPage, offset: Number(offset) }
}

/** Those that are named, by slug or id; none is named: all. */
function askedProjects(world: StandInWorld, params: URLSearchParams): [slug: string, project: StandInProject][] {
  const named = [...params.getAll('project'), ...params.getAll('projectSlug')]
  const nothing: StandInProject = { sessions: [], releases: [], unhandled: [] }
  return projectSlugs(world)
    .filter(slug =>
      named.length === 0
        ? world.projects[slug]?.listed !== false
        : named.includes(slug) || named.includes(projectId(world, slug)),
    )
    .map(slug => [slug, world.projects[slug] ?? nothing])
}

/** Unhandled events in production, which is all that the world knows of them by project. */
function byProject(world: StandInWorld, params: URLSearchParams): unknown {
  const minutes = periodMs(params.get('statsPeriod') ?? '1h') / MINUTE_MS
  const rows = askedProjects(world, params)
    .map(([slug, { unhandled }]) => ({
      project: slug,
      'count()': unhandled.slice(-minutes).reduce((sum, count) => sum + count, 0),
    }))
    .filter(row => row['count()'] > 0)
    .sort((a, b) => b['count()'] - a['count()'])
  return { data: rows, meta: { fields: { project: 'string', 'count()': 'integer' } } }
}

/** Environments of `environment:[a,"b c"]` in a search; with `!has:environment` also null. No such filter: every one. */
function searchedEnvironments(query: string, world: StandInWorld): (string | null)[] {
  const list = /environment:\[([^\]]*)\]/.exec(query)?.[1]
  if (list === undefined) return [...world.environments, null]
  const names: (string | null)[] = [...list.matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)].map(
    ([, quoted, plain]) => quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '',
  )
  return query.includes('!has:environment') ? [...names, null] : names
}

function table(world: StandInWorld, params: URLSearchParams): unknown {
  const query = params.get('query') ?? ''
  const issue = world.issues[/issue\.id:(\S+)/.exec(query)?.[1] ?? '']
  const seconds = periodMs(params.get('statsPeriod') ?? '1h') / 1_000
  const counts =
    issue === undefined ? { users: 0, events: 0 } : countsIn(issue, searchedEnvironments(query, world), seconds)
  return {
    data: [{ 'count()': counts.events, 'count_unique(user)': counts.users }],
    meta: { fields: { 'count()': 'integer', 'count_unique(user)': 'integer' } },
  }
}

function timeseries(
  world: StandInWorld,
  project: StandInProject | undefined,
  params: URLSearchParams,
  now: number,
): unknown {
  const yAxis = params.get('yAxis') ?? ''
  const query = params.get('query') ?? ''
  if (yAxis === 'count_unique(user)') {
    const issue = world.issues[/issue\.id:(\S+)/.exec(query)?.[1] ?? '']
    const start = Date.parse(`${params.get('start')}Z`)
    const hours = Math.round((Date.parse(`${params.get('end')}Z`) - start) / HOUR_MS)
    const counts = Array.from({ length: hours }, () => issue?.usualUsers ?? 0)
    return series(yAxis, counts, start, HOUR_MS)
  }
  const minutes = Number.parseInt(params.get('statsPeriod') ?? '15m', 10)
  const newest = Math.floor(now / MINUTE_MS) * MINUTE_MS
  const counts = [...Array<number>(minutes).fill(0), ...(project?.unhandled ?? [])].slice(-minutes)
  return series(yAxis, counts, newest - (minutes - 1) * MINUTE_MS, MINUTE_MS)
}

function series(yAxis: string, counts: number[], start: number, interval: number): unknown {
  const values = counts.map((value, i) => ({ timestamp: start + i * interval, value, incomplete: false }))
  return { timeSeries: [{ yAxis, values, meta: { valueType: 'integer', valueUnit: null, interval } }] }
}

/** Rounded outward to whole hours, as Sentry does; the last hour's sessions are those of the hour under way. */
function sessions(world: StandInWorld, params: URLSearchParams, now: number): unknown {
  const groupBy = params.getAll('groupBy')
  const groups = new Map<string, { by: Record<string, string | number>; count: number }>()
  for (const [slug, project] of askedProjects(world, params)) {
    for (const { environment = 'production', release = null, ...counts } of project.sessions) {
      for (const [status, count] of Object.entries(counts)) {
        const whole: Record<string, string | number> = {
          'session.status': status,
          environment: environment ?? '',
          release: release ?? '',
          project: Number(projectId(world, slug)),
        }
        const by = Object.fromEntries(groupBy.map(name => [name, whole[name] ?? '']))
        const group = groups.get(JSON.stringify(by)) ?? { by, count: 0 }
        groups.set(JSON.stringify(by), group)
        group.count += count
      }
    }
  }
  const start = Math.floor((now - HOUR_MS) / HOUR_MS) * HOUR_MS
  return {
    groups: [...groups.values()].map(({ by, count }) => ({
      by,
      totals: { 'sum(session)': count },
      series: { 'sum(session)': [0, count] },
    })),
    start: iso(start),
    end: iso(start + 2 * HOUR_MS),
    intervals: [iso(start), iso(start + HOUR_MS)],
    query: '',
  }
}

function latestEvent(id: string, issue: StandInIssue, now: number): unknown {
  const event = issue.latest ?? {}
  const own = issue.environment === undefined ? 'production' : issue.environment
  const tags = Object.entries({
    environment: event.environment === undefined ? own : event.environment,
    release: event.release,
    transaction: event.transaction,
    handled: (event.handled ?? false) ? 'yes' : 'no',
    level: issue.level ?? 'error',
    ...event.tags,
  }).flatMap(([key, value]) => (value == null ? [] : [{ key, value }]))
  const frame = event.frame === undefined ? { file: 'src/app.ts', function: 'submit', line: 42 } : event.frame
  const errorClass = event.errorClass ?? 'TypeError'
  return {
    eventID: event.id ?? createHash('md5').update(id).digest('hex'),
    groupID: id,
    title: issue.title ?? `${errorClass}: ${event.message ?? 'undefined is not a function'}`,
    dateCreated: iso(issue.lastSeen ?? now),
    metadata: { type: errorClass, value: event.message ?? 'undefined is not a function' },
    release: event.release == null ? null : { version: event.release },
    tags,
    contexts: event.replay == null ? {} : { replay: { replay_id: event.replay, type: 'replay' } },
    entries: [
      {
        type: 'exception',
        data: {
          values: [
            {
              type: errorClass,
              mechanism: { type: 'generic', handled: event.handled ?? false },
              stacktrace: { frames: frame === null ? [] : [libraryFrame, toFrame(frame)] },
            },
          ],
        },
      },
    ],
  }
}

const libraryFrame = { filename: 'node_modules/framework/run.js', function: 'run', lineNo: 7, inApp: false }

function toFrame({ file, line, ...rest }: { file: string; function: string; line: number }): unknown {
  return { ...rest, filename: file, lineNo: line, inApp: true }
}
