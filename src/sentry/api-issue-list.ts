import type { IssuePage, ListedIssue, ListQuestion } from '../measure/survey.ts'
import { maskText } from '../signals/mask.ts'
import { nextCursor } from './api-paging.ts'
import { type Params, projectParams, queryTime } from './api-query.ts'
import { categoryOfIssue, toLevel } from './parse-category.ts'
import { toPerson } from './parse-person.ts'
import { firstOf, section, time } from './payload-fields.ts'
import { issueShape } from './payload-shapes.ts'

/** Issues as they are listed (`/issues/`). */

const PER_PAGE = 100
const MOST_SUSPECTS = 20

/**
 * An empty query, because none at all means `is:unresolved`. `groupStatsPeriod` is empty to be spared the charts:
 * `collapse=stats` would take `lifetime` away too (Sentry's source: api/serializers/models/group_stream.py).
 */
const LEAN: Params = [
  ['groupStatsPeriod', ''],
  ['collapse', 'filtered'],
]

export function issueListParams(question: Omit<ListQuestion, 'source'>): Params {
  const { project, environments, span, cursor, issues = [] } = question
  return [
    ['query', ''],
    ['sort', 'date'],
    ['limit', String(PER_PAGE)],
    ...LEAN,
    ...spanParams(span),
    ...environments.map(name => ['environment', name] as [string, string]),
    ...projectParams(project),
    ...(cursor === null ? [] : [['cursor', cursor] as [string, string]]),
    // Asked by id, Sentry overlooks the search and answers in one page (Sentry's source: organization_group_index.py).
    ...issues.map(id => ['group', id] as [string, string]),
  ]
}

/** `environments` null: events that name none. */
export function crashingIssuesParams(project: string, environments: readonly string[] | null): Params {
  return [
    ['query', `is:unresolved error.unhandled:true${environments === null ? ' !has:environment' : ''}`],
    ['sort', 'user'],
    ['limit', String(MOST_SUSPECTS)],
    ['statsPeriod', '1h'],
    ...LEAN,
    ...(environments ?? []).map(name => ['environment', name] as [string, string]),
    ...projectParams(project),
  ]
}

/** Most users first; an issue that is in several lists is named once. */
export function mostUsersFirst(issues: readonly ListedIssue[]): ListedIssue[] {
  const sorted = issues.toSorted((a, b) => (b.users ?? 0) - (a.users ?? 0) || (b.events ?? 0) - (a.events ?? 0))
  return [...new Map(sorted.toReversed().map(issue => [issue.issue, issue])).values()].reverse().slice(0, MOST_SUSPECTS)
}

function spanParams(span: ListQuestion['span']): Params {
  if (span === null) return [['statsPeriod', '1h']]
  const start = Math.floor(span.from / 1000) * 1000
  // Sentry takes whole seconds and no empty span.
  const end = Math.max(Math.ceil(span.to / 1000) * 1000, start + 1000)
  return [
    ['start', queryTime(start)],
    ['end', queryTime(end)],
    ['utc', 'true'],
  ]
}

/** Beside what a webhook says of an issue. Outside of `lifetime` the list counts, and dates, within the asked span only. */
const listedShape = issueShape.extend({ lifetime: section({ firstSeen: time, lastSeen: time }) })

/** null: no list. What has no id in it is left out. `now`: for a page that Sentry put no date on. */
export function readIssuePage(body: unknown, headers: Headers, now: number): IssuePage | null {
  if (!Array.isArray(body)) return null
  const date = Date.parse(headers.get('date') ?? '')
  const issues = body.map(toListed).filter(issue => issue !== null)
  return { issues, next: nextCursor(headers), at: Number.isNaN(date) ? now : date }
}

function toListed(item: unknown): ListedIssue | null {
  const issue = listedShape.safeParse(item).data
  if (issue?.id == null) return null
  const { type, value } = issue.metadata ?? { type: null, value: null }
  const category = categoryOfIssue(issue.issueType, issue.issueCategory)
  return {
    issue: issue.id,
    shortId: issue.shortId,
    title: maskText(firstOf(issue.title, value, type) ?? `Issue ${issue.id}`),
    culprit: issue.culprit === null ? null : maskText(issue.culprit),
    level: toLevel(issue.level),
    errorClass: category === 'error' && type !== null ? maskText(type) : null,
    status: issue.status,
    substatus: issue.substatus,
    project: firstOf(issue.project?.slug, issue.project?.id),
    projectId: issue.project?.id ?? null,
    category,
    firstSeen: firstOf(issue.lifetime?.firstSeen, issue.firstSeen),
    lastSeen: firstOf(issue.lifetime?.lastSeen, issue.lastSeen),
    isUnhandled: issue.isUnhandled,
    assignee: toPerson(issue.assignedTo),
    resolvedInRelease: issue.statusDetails?.inNextRelease === true ? 'next' : (issue.statusDetails?.inRelease ?? null),
    link: firstOf(issue.permalink, issue.web_url),
    users: issue.userCount,
    events: issue.count,
  }
}
