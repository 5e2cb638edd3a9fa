import type { Facts } from '../signals/signal.ts'

type Category = Facts['category']

/** Group type ids (Sentry's source: issues/grouptype.py, monitors/grouptype.py, uptime/grouptype.py, incidents/grouptype.py). */
const BY_TYPE_ID: Readonly<Record<number, Category>> = {
  1: 'error',
  4001: 'cron',
  4002: 'cron',
  4003: 'cron',
  6001: 'feedback',
  7001: 'uptime',
  8001: 'metric',
}

/** `issueType` is exact; `issueCategory` has both its old names (cron, uptime) and its newer, wider ones (outage, metric). */
const BY_ISSUE_TYPE: readonly [RegExp, Category][] = [
  [/^(?:error|default)$/, 'error'],
  [/^monitor_/, 'cron'],
  [/^uptime_/, 'uptime'],
  [/^metric_/, 'metric'],
  [/^feedback/, 'feedback'],
  [/^(?:performance|profile)_/, 'performance'],
]
const BY_ISSUE_CATEGORY: Readonly<Record<string, Category>> = {
  error: 'error',
  cron: 'cron',
  uptime: 'uptime',
  metric: 'metric',
  metric_alert: 'metric',
  feedback: 'feedback',
  performance: 'performance',
  profile: 'performance',
  db_query: 'performance',
  http_client: 'performance',
}

/** Kind of trouble of an issue-platform occurrence, by its group type id; null: no such id was sent. */
export function categoryOfTypeId(typeId: number | null): Category | null {
  if (typeId === null) return null
  const known = BY_TYPE_ID[typeId]
  if (known !== undefined) return known
  return typeId >= 1_000 && typeId < 3_000 ? 'performance' : 'other'
}

/** Kind of trouble of an issue. Neither said: an error, which is what Sentry had before it had kinds. */
export function categoryOfIssue(issueType: string | null, issueCategory: string | null): Category {
  if (issueType === null && issueCategory === null) return 'error'
  for (const [pattern, category] of BY_ISSUE_TYPE) if (pattern.test(issueType ?? '')) return category
  return BY_ISSUE_CATEGORY[issueCategory ?? ''] ?? 'other'
}

const LEVELS: Readonly<Record<string, NonNullable<Facts['level']>>> = {
  fatal: 'fatal',
  critical: 'fatal',
  error: 'error',
  warning: 'warning',
  warn: 'warning',
  info: 'info',
  log: 'info',
  debug: 'debug',
}

/** Sentry's level, or null when it is missing or none we know. */
export function toLevel(...levels: (string | null | undefined)[]): Facts['level'] {
  for (const level of levels) {
    const known = LEVELS[level?.toLowerCase() ?? '']
    if (known !== undefined) return known
  }
  return null
}
