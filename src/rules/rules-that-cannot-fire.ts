import type { Comparison } from '../classify/condition.ts'
import { type Feed, type Field, fieldNamed } from '../classify/fields.ts'
import { mentionedFields } from '../classify/mentioned-fields.ts'
import type { SeverityRule } from '../classify/severity-rule.ts'
import { type Unfolded, unfold } from '../classify/unfold.ts'

/** What a Sentry source can tell us. */
export interface SourceFeeds {
  /** An organization and a token are set. */
  api: boolean
  /** Error events arrive (`error.created`). */
  errorFeed: boolean
  /** A metric alert has arrived: false, none so far; null, not known. */
  metricAlerts: boolean | null
}

export interface RuleThatCannotFire {
  rule: string
  reason: string
}

/** Every enabled severity rule whose condition no answer of this source could make true, with what would help. */
export function rulesThatCannotFire(rules: readonly SeverityRule[], has: SourceFeeds): RuleThatCannotFire[] {
  return rules
    .filter(rule => rule.enabled && rule.when !== null && !canBe(unfold(rule.when), true, has))
    .map(rule => ({ rule: rule.id, reason: whyNot(rule, has) }))
}

/** Whether some answer makes the condition come out `wanted`, each field taken by itself. */
function canBe(condition: Unfolded, wanted: boolean, has: SourceFeeds): boolean {
  // One field in it that is never known leaves it unknown, as far as can be told from its words.
  if ('opaque' in condition) return condition.fields.every(name => isFed(fieldNamed(name), has))
  if ('field' in condition) return canCompareTo(condition, wanted, has)
  if ('not' in condition) return canBe(condition.not, !wanted, has)
  const parts = 'all' in condition ? condition.all : condition.any
  const needsEvery = 'all' in condition === wanted
  return needsEvery ? parts.every(part => canBe(part, wanted, has)) : parts.some(part => canBe(part, wanted, has))
}

function canCompareTo(comparison: Comparison, wanted: boolean, has: SourceFeeds): boolean {
  if (mentionedFields(comparison).every(name => isFed(fieldNamed(name), has))) return true
  // Without a feed the field stays unknown, and only the question whether it is known has an answer.
  if (comparison.op === 'known') return !wanted
  return comparison.op === 'unknown' && wanted
}

function isFed(field: Field | undefined, has: SourceFeeds): boolean {
  return field?.feeds.some(feed => flows(feed, has)) === true
}

function flows(feed: Feed, has: SourceFeeds): boolean {
  if (feed === 'sentry') return has.api
  if (feed === 'windows') return has.errorFeed
  return feed === 'payload' || has.metricAlerts !== false
}

const REMEDIES: Record<Feed, string> = {
  sentry: "Sentry's API (set an organization and an API token)",
  windows: 'error events (subscribe the integration to error.created)',
  'metric-alert': 'a Sentry metric alert that notifies this integration (none has arrived)',
  payload: 'a webhook',
}

function whyNot(rule: SeverityRule, has: SourceFeeds): string {
  const missing = mentionedFields(rule.when)
    .map(fieldNamed)
    .filter(field => field !== undefined)
    .filter(field => !isFed(field, has))
  const names = missing.map(field => field.name).join(', ')
  const remedies = [...new Set(missing.flatMap(field => field.feeds))].map(feed => REMEDIES[feed]).join(', or ')
  return `needs ${names}, which this source does not give: it takes ${remedies}`
}
