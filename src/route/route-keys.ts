import type { Comparison } from '../classify/condition.ts'
import { fieldNamed } from '../classify/fields.ts'
import { type Unfolded, unfold } from '../classify/unfold.ts'
import type { Route } from './escalation-table.ts'

/**
 * What an incident must show for a route to match: one of these. `is`: the field has that value; `starts`: its text
 * begins so; `begins`: it does in small letters.
 */
export type RouteKey =
  | { field: string; is: string | number | boolean }
  | { field: string; starts: string }
  | { field: string; begins: string }

/**
 * Sets of keys, each of which by itself is necessary: a route that matches shows one key of every set. None: nothing is
 * known of what it needs.
 */
export function keySetsOf({ when }: Route): RouteKey[][] {
  return when === null ? [] : setsOf(unfold(when))
}

/** Beyond so many values a row is filed too often to be worth it. */
const MOST_KEYS = 100

function setsOf(condition: Unfolded): RouteKey[][] {
  if ('field' in condition) return keysOf(condition)
  if ('all' in condition) return condition.all.flatMap(setsOf)
  if ('any' in condition) return eitherOf(condition.any)
  return []
}

/** Every alternative must need something; the smallest set of each is taken. */
function eitherOf(parts: readonly Unfolded[]): RouteKey[][] {
  const smallest = parts.map(part => setsOf(part).toSorted((a, b) => a.length - b.length)[0])
  if (smallest.some(set => set === undefined)) return []
  const together = smallest.flatMap(set => set ?? [])
  return together.length > MOST_KEYS ? [] : [together]
}

function keysOf({ field, op, value, than }: Comparison): RouteKey[][] {
  if (than !== undefined || value === undefined) return []
  if (Array.isArray(value))
    return op === 'in' && value.length <= MOST_KEYS ? [value.map(one => ({ field, is: one }))] : []
  if (op === '=') return [[{ field, is: value }]]
  if (typeof value !== 'string' || fieldNamed(field)?.type === 'level') return []
  if (op === 'prefix') return value === '' ? [] : [[{ field, starts: value }]]
  if (op !== 'glob') return []
  // In small letters before it is cut: a letter's small form may depend on what follows it.
  const head = value.toLowerCase().split('*')[0] ?? ''
  return head === '' ? [] : [[{ field, begins: head }]]
}
