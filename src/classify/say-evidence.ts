import type { Comparison } from './condition.ts'
import type { Leaf } from './evaluate.ts'
import { fieldsOfExpression } from './expression.ts'
import { type FieldValue, fieldNamed, TAG_PREFIX } from './fields.ts'
import type { FieldReader, Origin } from './read-fields.ts'
import type { Evidence } from './verdict.ts'

/** What a rule looked at, in words for people: "320 users in the last hour (Sentry)"; of an expression, itself first. */
export function sayLeaf(leaf: Leaf, reader: FieldReader): Evidence[] {
  if ('expression' in leaf) {
    const { expression, truth } = leaf
    const says = `${expression} is ${truth}`
    const itself: Evidence = { field: EXPRESSION, says, value: truth, source: null, at: null }
    return [itself, ...fieldsOfExpression(expression).map(field => sayField(field, reader))]
  }
  const other = leaf.comparison.than?.field
  const said = sayComparison(leaf.comparison, reader)
  return other === undefined ? [said] : [said, sayField(other, reader)]
}

/** Stands where a field's name does in the evidence of an expression. */
export const EXPRESSION = 'expression'

function sayComparison(comparison: Comparison, reader: FieldReader): Evidence {
  const { field } = comparison
  const said = sayField(field, reader)
  const threshold = sayThreshold(comparison)
  return threshold === null || said.value === null ? said : { ...said, says: `${said.says}, ${threshold}` }
}

/** One field as it is, known or not. */
export function sayField(field: string, reader: FieldReader): Evidence {
  const value = reader.value(field)
  const origin = reader.origin(field)
  const { source, at } = origin
  return { field, says: inWords(field, value, origin, reader), value: value ?? null, source, at }
}

type Words = (value: FieldValue, reader: FieldReader) => string

const count = (words: string): Words => {
  return value => `${number(value)} ${value === 1 ? words.replace(/^(\w+?)s\b/, '$1') : words}`
}
const yesNo =
  (yes: string, no: string): Words =>
  value =>
    value === true ? yes : no

const WORDS: Readonly<Record<string, Words>> = {
  'users-per-hour': count('users in the last hour'),
  'events-per-hour': count('events in the last hour'),
  'flow-users-5m': count('users of the core flow in 5 minutes'),
  'flow-events-5m': count('events of the core flow in 5 minutes'),
  'flow-anonymous-5m': count('events of the core flow without a user in 5 minutes'),
  'baseline-users': value => `${number(value)} users in its usual hour`,
  'is-new': yesNo('first seen within 24 hours', 'first seen more than 24 hours ago'),
  regressed: yesNo('came back after a resolve', 'not regressed'),
  escalating: yesNo('escalating in Sentry', 'not escalating'),
  handled: yesNo('handled', 'unhandled'),
  workaround: yesNo('a workaround exists', 'no workaround known'),
  'in-production': yesNo('seen in production', 'seen only outside production'),
  'core-flow': value => (value === null ? 'on no core flow' : `on the core flow ${value}`),
  degraded: yesNo('numbers could not be had', 'all numbers at hand'),
  crashing: yesNo('crashes go on', 'no crash in the last 10 minutes'),
  'unhandled-per-minute': count('unhandled exceptions in the worst minute'),
  'crash-free.production': (value, reader) =>
    crashFree(value, 'crash-free.production.sessions', '(production)', reader),
  'crash-free.release': (value, reader) => crashFree(value, 'crash-free.release.sessions', '(newest release)', reader),
  'crash-free.production.sessions': count('sessions in production in the last hour'),
  'crash-free.release.sessions': count('sessions of the newest release in the last hour'),
  'crash-free.alert': value => `crash-free rate ${percent(value)} by the metric alert`,
  'metric.status': value => (value === null ? 'no metric alert' : `metric alert ${value}`),
  'metric.measures': value => `it measures ${value ?? 'nothing'}`,
  'metric.value': value => `metric alert at ${number(value)}`,
  'metric.direction': value => `alerts when ${value ?? 'unknown'}`,
  condition: value => `${value ?? 'no trouble'}`,
  category: value => `${value} failure`,
}

const SOURCES = { windows: 'counted here', sentry: 'Sentry', webhook: 'said by the webhook' } as const

function inWords(field: string, value: FieldValue | undefined, origin: Origin, reader: FieldReader): string {
  const phrase = fieldNamed(field)?.phrase ?? field
  if (value === undefined) return `${phrase}: unknown`
  const words = Object.hasOwn(WORDS, field) ? WORDS[field] : undefined
  if (words === undefined) return value === null ? `no ${phrase}` : `${label(field)} ${value}`
  // A crash-free rate names its scope; that it is Sentry's own goes without saying.
  if (origin.source === null || fieldNamed(field)?.unit === '%') return words(value, reader)
  return `${words(value, reader)} (${SOURCES[origin.source]}${other(value, origin)})`
}

/** What another source said of the same, when two could count it. */
function other(value: FieldValue, { also }: Origin): string {
  if (also === undefined) return ''
  const said = also.value === value ? 'the same' : number(also.value)
  return also.source === 'windows' ? `; ${said} counted here` : `; ${SAYS[also.source]} says ${said}`
}
const SAYS = { sentry: 'Sentry', webhook: 'the webhook' } as const

function label(field: string): string {
  return field.startsWith(TAG_PREFIX) ? `tag ${field.slice(TAG_PREFIX.length)} =` : field.replaceAll('-', ' ')
}

function crashFree(value: FieldValue, sessionsField: string, scope: string, reader: FieldReader): string {
  const sessions = reader.value(sessionsField)
  const sample = typeof sessions === 'number' ? ` of ${number(sessions)}` : ''
  return `crash-free sessions ${percent(value)}${sample} ${scope}`
}

const THRESHOLD_WORDS: Partial<Record<Comparison['op'], string>> = {
  '<': 'below',
  '<=': 'at or below',
  '>': 'above',
  '>=': 'at or above',
}

/** The threshold is said for rates and spikes; an issue's rule names its own in its title. */
function sayThreshold({ field, op, value }: Comparison): string | null {
  const unit = fieldNamed(field)?.unit
  const words = THRESHOLD_WORDS[op]
  if (words === undefined || typeof value !== 'number') return null
  if (unit === '%') return `threshold ${words} ${value} %`
  return field === 'unhandled-per-minute' || field === 'metric.value' ? `threshold ${words} ${number(value)}` : null
}

const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })
const RATE = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 2 })

function number(value: FieldValue): string {
  if (typeof value !== 'number') return String(value)
  // The same as it is formatted, at a tenth of the cost: most counts are small.
  return value >= 0 && value < 1_000 && Number.isInteger(value) ? String(value) : COUNT.format(value)
}

/** Rounded down, so that a rate just below a threshold is never shown as being on it. */
function percent(value: FieldValue): string {
  return typeof value === 'number' ? `${RATE.format(Math.floor(value * 100 + 1e-6) / 100)} %` : String(value)
}
