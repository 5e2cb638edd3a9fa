import type { Comparison, Condition } from '../classify/condition.ts'
import { type Unfolded, unfold } from '../classify/unfold.ts'

/**
 * Finds rows that can never be reached: everything they match is matched by one row above them. Recognises conditions
 * that say the same in another order, `all` with more parts, and `=`/`in` with fewer values; what it does not
 * recognise, it lets pass. One look-up per row, so ten thousand routes are checked in well under a second.
 */
export interface CoverIndex<T> {
  /** The row above that matches all that this condition matches; null: none is known. */
  covering(condition: Condition | null): T | null
  add(condition: Condition | null, row: T): void
}

interface Part {
  key: string
  field: string | null
  /** For `=` and `in`: the values that fit, as JSON. */
  values: ReadonlySet<string> | null
}
interface Entry<T> {
  parts: Part[]
  row: T
}

/** Parts held against each other before it gives up, a fraction of a second: a hostile document must not stall pages. */
const PATIENCE = 5_000_000

export function createCoverIndex<T>(patience = PATIENCE): CoverIndex<T> {
  const entries = new Map<string, Entry<T>[]>()
  let everything: T | null = null
  let left = patience

  function coverOf(parts: readonly Part[]): T | null {
    const covers = (entry: Entry<T>): boolean =>
      entry.parts.every(wide => {
        left -= parts.length
        return left >= 0 && parts.some(narrow => implies(narrow, wide))
      })
    for (const key of parts.flatMap(lookupKeys)) {
      const found = left > 0 ? entries.get(key)?.find(covers) : undefined
      if (found !== undefined) return found.row
    }
    return null
  }

  return {
    covering(condition) {
      if (everything !== null) return everything
      if (condition === null) return null
      let cover: T | null = null
      for (const parts of branchesOf(condition)) {
        const row = coverOf(parts)
        if (row === null) return null
        cover ??= row
      }
      return cover
    },
    add(condition, row) {
      if (condition === null) {
        everything ??= row
        return
      }
      for (const parts of branchesOf(condition)) {
        // Filed under its rarest part, so that lists stay short.
        const [rarest] = parts.toSorted((a, b) => crowd(a) - crowd(b))
        if (rarest === undefined) continue
        for (const key of filingKeys(rarest)) push(entries, key, { parts, row })
      }
    },
  }

  function crowd(part: Part): number {
    return Math.max(...filingKeys(part).map(key => entries.get(key)?.length ?? 0))
  }
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [item])
  else list.push(item)
}

const filingKeys = (part: Part): string[] =>
  part.values === null ? [part.key] : [...part.values].map(value => `${part.field}=${value}`)

/** A narrower row has at least the first of its values in common with a wider one. */
const lookupKeys = (part: Part): string[] => filingKeys(part).slice(0, 1)

function implies(narrow: Part, wide: Part): boolean {
  if (narrow.key === wide.key) return true
  const { values } = wide
  if (narrow.field !== wide.field || narrow.values === null || values === null) return false
  return [...narrow.values].every(value => values.has(value))
}

/** Conditions are never changed in place, and each is held against many others. */
const KNOWN = new WeakMap<Condition, Part[][]>()

function branchesOf(condition: Condition): Part[][] {
  const known = KNOWN.get(condition) ?? branches(unfold(condition))
  KNOWN.set(condition, known)
  return known
}

/** The alternatives of a condition, each as the parts that must all hold. */
function branches(condition: Unfolded): Part[][] {
  if ('any' in condition) return condition.any.flatMap(branches)
  return [conjuncts(condition)]
}

function conjuncts(condition: Unfolded): Part[] {
  if ('all' in condition) return condition.all.flatMap(conjuncts)
  if ('any' in condition && condition.any.length === 1 && condition.any[0] !== undefined)
    return conjuncts(condition.any[0])
  if (!('field' in condition)) return [{ key: canonical(condition), field: null, values: null }]
  return [{ key: canonical(condition), field: condition.field, values: valuesOf(condition) }]
}

function valuesOf({ op, value, than }: Comparison): ReadonlySet<string> | null {
  if (than !== undefined || value === undefined) return null
  if (op === '=') return new Set([JSON.stringify(value)])
  return op === 'in' && Array.isArray(value) ? new Set(value.map(item => JSON.stringify(item))) : null
}

/** The same text for conditions that say the same in another order. */
function canonical(condition: Unfolded): string {
  if ('not' in condition) return `not(${canonical(condition.not)})`
  if ('all' in condition) return `all(${condition.all.map(canonical).sort().join(',')})`
  if ('any' in condition) return `any(${condition.any.map(canonical).sort().join(',')})`
  if ('opaque' in condition) return `opaque(${JSON.stringify(condition.opaque)})`
  const { field, op, value, than } = condition
  const right = Array.isArray(value) ? [...value].map(item => JSON.stringify(item)).sort() : value
  return JSON.stringify([field, op, right ?? null, than === undefined ? null : [than.field, than.factor]])
}
