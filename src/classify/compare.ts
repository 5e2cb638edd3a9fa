import { fitsGlob } from '../measure/glob.ts'
import type { Comparison, Truth } from './condition.ts'
import { type FieldValue, fieldNamed, type ReadField } from './fields.ts'
import { LEVELS } from './level.ts'
import { fitsRegex } from './regex.ts'

/**
 * One comparison, three-valued. An unknown field is unknown, never false: unknown is not zero. A field that is
 * known to have nothing (null: no core flow, no such tag) is simply not equal to anything.
 * `known` asks whether there is a value at all; `unknown` is its opposite; both are always true or false.
 * What the validator refuses (a type that does not fit) is unknown here: it never throws.
 */
export function compare(comparison: Comparison, read: ReadField): Truth {
  const { op } = comparison
  const left = read(comparison.field)
  if (op === 'known') return left !== undefined && left !== null
  if (op === 'unknown') return left === undefined || left === null
  if (left === undefined) return 'unknown'
  const right = comparison.than === undefined ? comparison.value : otherField(comparison.than, read)
  if (right === undefined) return 'unknown'
  if (left === null || right === null) return op === '!=' || op === 'not-in'
  switch (op) {
    case '=':
      return sameType(left, right) ? left === right : 'unknown'
    case '!=':
      return sameType(left, right) ? left !== right : 'unknown'
    case 'in':
    case 'not-in':
      if (!Array.isArray(right) || typeof left === 'boolean') return 'unknown'
      return right.includes(left) === (op === 'in')
    case 'prefix':
      return typeof left === 'string' && typeof right === 'string' ? left.startsWith(right) : 'unknown'
    case 'glob':
      return typeof left === 'string' && typeof right === 'string' ? fitsGlob(left, right) : 'unknown'
    case 'regex':
      return typeof left === 'string' && typeof right === 'string' ? (fitsRegex(left, right) ?? 'unknown') : 'unknown'
    case '<':
    case '<=':
    case '>':
    case '>=':
      return inOrder(op, orderOf(comparison.field, left), orderOf(comparison.field, right))
  }
}

type Right = NonNullable<Comparison['value']> | null

function otherField(than: NonNullable<Comparison['than']>, read: ReadField): FieldValue | undefined {
  const value = read(than.field)
  return typeof value === 'number' ? value * than.factor : undefined
}

function sameType(left: FieldValue, right: Right): boolean {
  return typeof left === typeof right
}

/** Where a value stands on its scale; null when it has none. */
function orderOf(field: string, value: Right): number | null {
  if (typeof value === 'number') return Number.isNaN(value) ? null : value
  if (fieldNamed(field)?.type !== 'level') return null
  const scale: readonly unknown[] = LEVELS
  const index = scale.indexOf(value)
  return index === -1 ? null : index
}

function inOrder(op: '<' | '<=' | '>' | '>=', left: number | null, right: number | null): Truth {
  if (left === null || right === null) return 'unknown'
  if (op === '<') return left < right
  if (op === '<=') return left <= right
  if (op === '>') return left > right
  return left >= right
}
