import { factsSchema, metricReadingSchema } from '../signals/signal.ts'
import { LEVELS } from './level.ts'
import { severitySchema } from './severity.ts'
import type { SeverityRule } from './severity-rule.ts'

/** Every name that a severity rule or a route may ask about: its type, its words, where it may stand, what feeds it. */

export type About = SeverityRule['about']
/** Where a condition stands: in the severity table of one kind of incident, or in the escalation table. */
export type Table = About | 'route'

/** `level` is ordered debug < info < warning < error < fatal. */
export type FieldType = 'number' | 'text' | 'boolean' | 'level' | 'severity'

/** payload: any webhook; metric-alert: the text of a Sentry metric alert; windows: our own count of error events; sentry: its API. */
export type Feed = 'payload' | 'metric-alert' | 'windows' | 'sentry'

export interface Field {
  name: string
  type: FieldType
  /** What a number counts, for people; null for anything that is no number. */
  unit: string | null
  /** After "the": "the number of affected users in the last hour". */
  phrase: string
  tables: readonly Table[]
  /** Any one of them is enough. */
  feeds: readonly Feed[]
  /** One error event more can make a rule on it fall. */
  trigger: boolean
  /** What it can be, where that is a closed list. */
  values: readonly string[] | null
}

/** null: known to have none. undefined: unknown, which is never the same as zero or none. */
export type FieldValue = string | number | boolean | null
export type ReadField = (field: string) => FieldValue | undefined

type Options = Partial<Pick<Field, 'tables' | 'feeds' | 'trigger' | 'unit' | 'values'>>

function field(name: string, type: FieldType, phrase: string, options: Options = {}): [string, Field] {
  const base: Field = {
    name,
    type,
    phrase,
    unit: null,
    tables: ['issue'],
    feeds: ['payload'],
    trigger: false,
    values: null,
  }
  return [name, { ...base, ...options }]
}

const ABOUTS: readonly About[] = ['issue', 'project', 'metric', 'source']
const readingShape = metricReadingSchema.shape
const EVENT_TABLES: readonly Table[] = ['issue', 'metric', 'route']
const EVERY_TABLE: readonly Table[] = ['issue', 'project', 'metric', 'source', 'route']
const MEASURED = { tables: ['issue', 'route'], feeds: ['windows', 'sentry'], trigger: true } as const
const LIVE = { feeds: ['windows', 'sentry'], trigger: true } as const
const ASKED = { tables: ['issue', 'route'], feeds: ['payload', 'sentry'] } as const
const SESSIONS = { tables: ['project'], feeds: ['sentry'] } as const
const READING = { tables: ['project', 'metric'], feeds: ['metric-alert'] } as const

/** Tags are read as `tag.<name>`; the catalogue holds the rest. */
export const TAG_PREFIX = 'tag.'

const CATALOGUE: ReadonlyMap<string, Field> = new Map([
  field('source', 'text', 'Sentry source', { tables: EVERY_TABLE }),
  field('project', 'text', 'Sentry project', { tables: ['issue', 'project', 'metric', 'route'] }),
  field('environment', 'text', 'environment (missing counts as production)', { tables: EVENT_TABLES }),
  field('level', 'level', 'level of the event', { tables: ['issue', 'route'], values: LEVELS }),
  field('release', 'text', 'release', { tables: ['issue', 'route'] }),
  field('error-class', 'text', 'error class', { tables: ['issue', 'route'] }),
  field('transaction', 'text', 'transaction', { tables: ['issue', 'route'] }),
  field('handled', 'boolean', 'mark that the error was caught', { feeds: ['payload', 'sentry'] }),
  field('category', 'text', 'kind of trouble', { values: factsSchema.shape.category.options }),
  field('substatus', 'text', 'substatus in Sentry', { feeds: ['payload', 'sentry'] }),
  field('alert-rule', 'text', 'name of the Sentry alert that fired', { tables: ['issue', 'metric'] }),
  field('workaround', 'boolean', 'workaround (tag, or set by an operator)'),
  field('core-flow', 'text', 'core flow it breaks', { tables: ['issue', 'route'] }),
  field('in-production', 'boolean', 'sighting in production', {
    ...ASKED,
    tables: ['issue', 'metric', 'route'],
  }),
  field('users-per-hour', 'number', 'number of affected users in the last hour', { ...MEASURED, unit: 'users' }),
  field('events-per-hour', 'number', 'number of events in the last hour', { ...MEASURED, unit: 'events' }),
  field('flow-users-5m', 'number', 'number of core-flow users in 5 minutes', { ...LIVE, unit: 'users' }),
  field('flow-events-5m', 'number', 'number of core-flow events in 5 minutes', { ...LIVE, unit: 'events' }),
  field('flow-anonymous-5m', 'number', 'number of core-flow events in 5 minutes that name no user', {
    feeds: ['windows'],
    trigger: true,
    unit: 'events',
  }),
  field('baseline-users', 'number', 'usual number of users an hour', { feeds: ['sentry'], unit: 'users' }),
  field('is-new', 'boolean', 'mark that it was first seen within 24 hours', ASKED),
  field('regressed', 'boolean', 'mark that it came back after a resolve', ASKED),
  field('escalating', 'boolean', 'mark that Sentry sees it escalating', ASKED),
  field('degraded', 'boolean', 'mark that numbers could not be had', { tables: ['issue', 'project', 'metric'] }),
  field('crash-free.production', 'number', 'crash-free rate of production in the last hour', {
    ...SESSIONS,
    unit: '%',
  }),
  field('crash-free.production.sessions', 'number', 'number of sessions behind it', { ...SESSIONS, unit: 'sessions' }),
  field('crash-free.release', 'number', 'crash-free rate of the newest release', { ...SESSIONS, unit: '%' }),
  field('crash-free.release.sessions', 'number', 'number of sessions behind it', { ...SESSIONS, unit: 'sessions' }),
  field('crash-free.alert', 'number', 'crash-free rate said by a metric alert', { ...READING, unit: '%' }),
  field('unhandled-per-minute', 'number', 'number of unhandled exceptions in the worst minute', {
    tables: ['project'],
    feeds: ['windows', 'sentry', 'metric-alert'],
    trigger: true,
    unit: 'unhandled exceptions',
  }),
  field('crashing', 'boolean', 'mark that crashes go on (last 10 minutes)', {
    tables: ['project'],
    feeds: ['windows', 'sentry'],
  }),
  field('metric.measures', 'text', 'thing that the metric alert measures', {
    ...READING,
    values: readingShape.measures.options,
  }),
  field('metric.status', 'text', 'status of the metric alert', { ...READING, values: readingShape.status.options }),
  field('metric.value', 'number', 'value said by the metric alert', { ...READING, unit: '' }),
  field('metric.direction', 'text', 'side of the threshold', { ...READING, values: ['above', 'below'] }),
  field('condition', 'text', 'trouble of the source itself', { tables: ['source'] }),
  field('severity', 'severity', 'severity', { tables: ['route'], values: severitySchema.options }),
  field('kind', 'text', 'kind of incident', { tables: ['route'], values: ABOUTS }),
  field('owner-team', 'text', 'team that owns it', { tables: ['route'] }),
])

/** The catalogue, in its order; tags are not in it. */
export const EVERY_FIELD: readonly Field[] = [...CATALOGUE.values()]

const TAG: Omit<Field, 'name' | 'phrase'> = {
  type: 'text',
  unit: null,
  tables: ['issue', 'route'],
  feeds: ['payload'],
  trigger: true,
  values: null,
}

/** The field of that name, or undefined. Any `tag.<name>` is one. */
export function fieldNamed(name: string): Field | undefined {
  const known = CATALOGUE.get(name)
  if (known !== undefined) return known
  const tag = name.startsWith(TAG_PREFIX) ? name.slice(TAG_PREFIX.length) : ''
  return tag === '' ? undefined : { ...TAG, name, phrase: `tag ${tag}` }
}

/** Names that may stand in that table, in the catalogue's order; tags are not listed. */
export function fieldNames(table: Table): string[] {
  return [...CATALOGUE.values()].filter(entry => entry.tables.includes(table)).map(entry => entry.name)
}
