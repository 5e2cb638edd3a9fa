import type { CrashFree, Impact, IssueImpact, Measured } from '../measure/impact.ts'
import type { MetricReading, Signal } from '../signals/signal.ts'
import { type FieldValue, type ReadField, TAG_PREFIX } from './fields.ts'

/** What a person has marked on the incident, beside what Sentry says. */
export interface OperatorMarks {
  workaround?: boolean
}

/** Where a value was had, for the evidence. */
export interface Origin {
  source: Measured['source'] | null
  at: number | null
  /** The same as another source counted it. */
  also?: NonNullable<Measured['also']>
}

export interface FieldReader {
  /** null: known to have none; undefined: unknown, or no such field. */
  value: ReadField
  origin(field: string): Origin
}

type Found = FieldValue | Measured | undefined

/** The typed values of every field a severity rule may name, read off what was told and what was measured. */
export function readFields(signal: Signal, impact: Impact, marks: OperatorMarks = {}): FieldReader {
  const find = (field: string): Found => {
    if (field.startsWith(TAG_PREFIX)) return readTag(signal.facts.tags, field)
    return READERS.get(field)?.(signal, impact, marks)
  }
  return {
    value: field => plain(find(field)),
    origin(field) {
      const found = find(field)
      if (!isMeasured(found)) return { source: null, at: null }
      const { source, at, also } = found
      return also === undefined ? { source, at } : { source, at, also }
    },
  }
}

/** `tag.<name>` of these tags: a tag that nobody set is known to be absent. */
export function readTag(tags: Readonly<Record<string, string>>, field: string): string | null {
  const name = field.slice(TAG_PREFIX.length)
  return Object.hasOwn(tags, name) ? (tags[name] ?? null) : null
}

/** Any text but these marks a tag as set: `workaround: use the old form` is one. */
const UNSET = new Set(['', '0', 'false', 'no', 'none', 'null'])

function workaround(signal: Signal, marks: OperatorMarks): boolean {
  if (marks.workaround !== undefined) return marks.workaround
  return !UNSET.has((signal.facts.tags.workaround ?? '').trim().toLowerCase())
}

/** Not said in this payload is unknown, not none: lifecycle webhooks carry few facts (getsentry/sentry#117168). */
const unknownIfNull = <T extends FieldValue | Measured>(value: T | null | undefined): T | undefined =>
  value ?? undefined

type Read = (signal: Signal, impact: Impact, marks: OperatorMarks) => Found

const issue =
  (pick: (numbers: IssueImpact) => FieldValue | Measured): Read =>
  (_, impact) =>
    impact.issue === null ? undefined : unknownIfNull(pick(impact.issue))

const metric =
  (pick: (reading: MetricReading) => Found): Read =>
  signal =>
    signal.metric === null ? null : pick(signal.metric)

const READERS: ReadonlyMap<string, Read> = new Map(
  Object.entries<Read>({
    source: signal => signal.source,
    project: ({ facts, subject }) => ('project' in subject ? subject.project : unknownIfNull(facts.project)),
    // A missing environment counts as production: Sentry's own default when an SDK sets none.
    environment: ({ facts }) => facts.environment ?? 'production',
    level: ({ facts }) => unknownIfNull(facts.level),
    release: ({ facts }) => unknownIfNull(facts.release),
    'error-class': ({ facts }) => unknownIfNull(facts.errorClass),
    transaction: ({ facts }) => unknownIfNull(facts.transaction),
    handled: ({ facts }) => unknownIfNull(facts.handled),
    category: ({ facts }) => facts.category,
    substatus: ({ facts }) => unknownIfNull(facts.substatus),
    'alert-rule': ({ facts, metric }) => facts.alertRule ?? metric?.rule.name ?? null,
    workaround: (signal, _, marks) => workaround(signal, marks),
    // Matching against the core flows is our own doing, so no match is known.
    'core-flow': (_, impact) => (impact.issue === null ? undefined : impact.issue.coreFlow),
    'in-production': issue(numbers => numbers.inProduction),
    'users-per-hour': issue(numbers => numbers.users),
    'events-per-hour': issue(numbers => numbers.events),
    'flow-users-5m': issue(numbers => numbers.flowUsers),
    'flow-events-5m': issue(numbers => numbers.flowEvents),
    'flow-anonymous-5m': issue(numbers => numbers.flowAnonymous),
    'baseline-users': issue(numbers => numbers.baselineUsers),
    'is-new': issue(numbers => numbers.isNew),
    regressed: issue(numbers => numbers.regressed),
    escalating: issue(numbers => numbers.escalating),
    degraded: (_, impact) => impact.degraded,
    'crash-free.production': (_, impact) => percent(sessionRate(impact, 'production')),
    'crash-free.production.sessions': (_, impact) => sample(sessionRate(impact, 'production')),
    'crash-free.release': (_, impact) => percent(sessionRate(impact, 'release')),
    'crash-free.release.sessions': (_, impact) => sample(sessionRate(impact, 'release')),
    'crash-free.alert': alertRate,
    'unhandled-per-minute': (_, impact) => unknownIfNull(impact.project?.unhandledPerMinute),
    crashing: (_, impact) => unknownIfNull(impact.project?.crashing),
    'metric.measures': metric(reading => reading.measures),
    'metric.status': metric(reading => reading.status),
    'metric.value': metric(reading => unknownIfNull(reading.value)),
    'metric.direction': metric(reading => unknownIfNull(reading.direction)),
    condition: ({ subject }) => (subject.kind === 'source' ? subject.condition : null),
  }),
)

/** Computed from session counts, so the sample behind it is known. */
function sessionRate(impact: Impact, scope: CrashFree['scope']): CrashFree | undefined {
  return impact.project?.crashFree.find(rate => rate.scope === scope && rate.source === 'sentry')
}

function percent(rate: CrashFree | undefined): Measured | undefined {
  return rate && { value: rate.percent, source: rate.source, at: rate.at, windowSeconds: 3600 }
}

function sample(rate: CrashFree | undefined): Measured | undefined {
  if (rate === undefined || rate.sessions === null) return undefined
  return { value: rate.sessions, source: rate.source, at: rate.at, windowSeconds: 3600 }
}

/** A crash-free alert's own value: from this signal, else the last one that the measuring still holds. None: null. */
function alertRate(signal: Signal, impact: Impact): Found {
  const reading = signal.metric
  if (reading?.measures === 'crash-free-sessions' || reading?.measures === 'crash-free-users') {
    if (reading.status === 'resolved') return null
    if (reading.value === null) return undefined
    const windowSeconds = (reading.windowMinutes ?? 0) * 60
    return { value: reading.value, source: 'webhook', at: signal.at, windowSeconds }
  }
  return percent(impact.project?.crashFree.find(rate => rate.source === 'webhook')) ?? null
}

function isMeasured(found: Found): found is Measured {
  return typeof found === 'object' && found !== null
}

function plain(found: Found): FieldValue | undefined {
  return isMeasured(found) ? found.value : found
}
