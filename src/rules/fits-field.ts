import type { Field } from '../classify/fields.ts'
import { whyRegexIsRefused } from '../classify/regex.ts'
import { didYouMean } from '../suggest.ts'

const LONGEST_TEXT = 500

/** Why a field cannot be compared with that value, and what to write instead; null: it can. */
export function whyValueDoesNotFit(value: unknown, op: string, field: Field): string | null {
  switch (field.type) {
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? null : `${describeType(field)}${unquoted(value)}`
    case 'boolean':
      return typeof value === 'boolean' ? null : `${describeType(field)}, without quotes`
    default:
      return typeof value === 'string' ? whyTextDoesNotFit(value, op, field) : describeType(field)
  }
}

function whyTextDoesNotFit(value: string, op: string, field: Field): string | null {
  if (value.length > LONGEST_TEXT) return `longer than ${LONGEST_TEXT} characters`
  if (op === 'regex') {
    const refused = whyRegexIsRefused(value)
    return refused === null ? null : `"${value}" is ${refused}`
  }
  if (field.values === null || op === 'prefix' || op === 'glob' || field.values.includes(value)) return null
  return `"${value}" is no ${field.phrase}.${didYouMean(value, field.values)}`
}

/** "users-per-hour" is a number (users). */
export function describeType(field: Field): string {
  if (field.values !== null) return `"${field.name}" is one of ${field.values.join(', ')}`
  if (field.type === 'number') return `"${field.name}" is a number${field.unit ? ` (${field.unit})` : ''}`
  return `"${field.name}" is ${field.type === 'boolean' ? 'true or false' : 'a text'}`
}

function unquoted(value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '' || !Number.isFinite(Number(value))) return ''
  return `: write ${Number(value)} without quotes`
}
