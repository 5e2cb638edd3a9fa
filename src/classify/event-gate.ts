import type { Impact } from '../measure/impact.ts'
import type { Signal } from '../signals/signal.ts'
import { compare } from './compare.ts'
import type { Condition, Truth } from './condition.ts'
import { evaluateWith } from './evaluate.ts'
import { evaluateExpression } from './expression.ts'
import { type About, type FieldValue, fieldNamed, type ReadField } from './fields.ts'
import { mentionedFields } from './mentioned-fields.ts'
import { readFields } from './read-fields.ts'
import { moreSevere, type Severity } from './severity.ts'
import type { SeverityRule } from './severity-rule.ts'

export interface MayFall {
  rule: string
  about: About
}

/** The rules that one error event may just have made hold, given the counts with it. Empty: only count it. */
export type EventGate = (event: { signal: Signal; impact: Impact }) => MayFall[]

/** An error event opens an incident only from here up; anything milder comes by Sentry's own alerts. */
const WORTH_OPENING: Severity = 'P1'
const TABLES: readonly About[] = ['issue', 'project']

/**
 * Prepared once per revision of the rules, then cheap for a thousand error events a second, without any question to
 * Sentry: which P0 and P1 rules on something that one event can change (users, events, spikes, tags) hold, if
 * everything that only Sentry could say speaks for them? Those are worth measuring in full.
 */
export function createEventGate(rules: readonly SeverityRule[]): EventGate {
  const tables = TABLES.map(about => ({ about, rows: rowsThatMatter(rules, about) }))
  return ({ signal, impact }) => {
    // Nothing was asked yet, so nothing could not be had.
    const { value } = readFields(signal, { ...impact, degraded: false })
    return tables.flatMap(({ about, rows }) => fallingRows(rows, value).map(rule => ({ rule, about })))
  }
}

interface Row {
  rule: SeverityRule
  triggered: boolean
}

function rowsThatMatter(rules: readonly SeverityRule[], about: About): Row[] {
  const rows = rules
    .filter(rule => rule.enabled && rule.about === about)
    .map(rule => ({ rule, triggered: isTriggered(rule) }))
  return rows.slice(0, rows.findLastIndex(row => row.triggered) + 1)
}

function isTriggered({ effect, severity, when }: SeverityRule): boolean {
  if (effect !== 'severity' || moreSevere(WORTH_OPENING, severity) || when === null) return false
  return mentionedFields(when).some(name => fieldNamed(name)?.trigger === true)
}

/** From the top, like the table itself: a row that surely holds ends it, a cap that surely holds bars what it caps. */
function fallingRows(rows: readonly Row[], read: ReadField): string[] {
  const falling: string[] = []
  for (const { rule, triggered } of rows) {
    const truth = possibly(rule.when, read)
    if (rule.effect === 'cap') {
      if (truth === true && moreSevere(WORTH_OPENING, rule.severity)) return falling
      continue
    }
    if (triggered && truth !== false) falling.push(rule.id)
    if (truth === true) return falling
  }
  return falling
}

/** true: surely; unknown: if Sentry says so; false: not by this event. What is counted here and has no count is no count. */
function possibly(when: Condition | null, read: ReadField): Truth {
  return evaluateWith(when, leaf => {
    // What is not known yet may be, once Sentry is asked: nobody can say now whether it is `known`.
    if ('cel' in leaf) return evaluateExpression(leaf.cel, field => ownCount(field, read), true)
    const asks = leaf.op === 'known' || leaf.op === 'unknown'
    if (asks && ownCount(leaf.field, read) === undefined) return 'unknown'
    const truth = compare(leaf, read)
    if (truth !== 'unknown') return truth
    return isCounted(leaf.field) && read(leaf.field) === undefined ? false : 'unknown'
  }).truth
}

function ownCount(field: string, read: ReadField): FieldValue | undefined {
  const value = read(field)
  return value === undefined && isCounted(field) ? null : value
}

function isCounted(field: string): boolean {
  return fieldNamed(field)?.feeds.includes('windows') === true
}
