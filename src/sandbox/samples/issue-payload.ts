import { type Actor, AUTOMATIC, envelope, isoTime, ORGANIZATION, SENTRY } from './envelope.ts'

export interface IssueOptions {
  now: number
  issue: string
  title?: string
  errorClass?: string
  culprit?: string
  project?: string
  level?: string
  status?: 'unresolved' | 'resolved' | 'ignored'
  substatus?: string | null
  statusDetails?: object
  unhandled?: boolean
  events?: number
  users?: number
  /** ms before `now`. */
  firstSeenAgo?: number
  issueType?: string
  issueCategory?: string
  assignedTo?: object | null
}

export const PROJECTS: Readonly<Record<string, string>> = {
  'web-shop': '301',
  'payments-api': '302',
  'mobile-app': '303',
  'orders-api': '304',
}

/** A group as the webhooks carry it: no environment, no release, no tags; `count` is text. */
export function issuePayload(options: IssueOptions): object {
  const { now, issue, project = 'web-shop', errorClass = 'TypeError' } = options
  const { title = `${errorClass}: total is undefined`, culprit = 'app/cart/total', level = 'error' } = options
  const { status = 'unresolved', substatus = 'new', unhandled = true, events = 3, users = 3 } = options
  const projectId = PROJECTS[project] ?? '300'
  return {
    url: `https://sentry.io/api/0/organizations/${ORGANIZATION}/issues/${issue}/`,
    web_url: `${SENTRY}/issues/${issue}/`,
    project_url: `${SENTRY}/issues/?project=${projectId}`,
    id: issue,
    shareId: null,
    shortId: `${project.toUpperCase()}-${issue.slice(-3)}`,
    title,
    culprit,
    permalink: `${SENTRY}/issues/${issue}/`,
    logger: null,
    level,
    status,
    statusDetails: options.statusDetails ?? {},
    substatus,
    isPublic: false,
    platform: 'javascript',
    project: { id: projectId, name: project, slug: project, platform: 'javascript' },
    type: 'error',
    metadata: { type: errorClass, value: title.replace(/^[^:]*: /, ''), filename: 'src/cart/total.ts' },
    numComments: 0,
    assignedTo: options.assignedTo ?? null,
    issueType: options.issueType ?? 'error',
    issueCategory: options.issueCategory ?? 'error',
    priority: 'high',
    isUnhandled: unhandled,
    count: String(events),
    userCount: users,
    firstSeen: isoTime(now - (options.firstSeenAgo ?? 60_000)),
    lastSeen: isoTime(now),
  }
}

/** `issue.<action>`; `extra` goes beside the issue, e.g. `assignee` or `resolution_type`. */
export function issueWebhook(action: string, issue: object, actor: Actor = AUTOMATIC, extra: object = {}): object {
  return envelope(action, { issue, ...extra }, actor)
}
