import type { Comparison, Condition } from '../classify/condition.ts'
import { type Unfolded, unfold } from '../classify/unfold.ts'

/** What one alternative of a condition asks of one field. What cannot be told from its words is left open. */
interface Range {
  /** As JSON; null: any. */
  values: ReadonlySet<string> | null
  except: ReadonlySet<string>
  low: number
  high: number
}

/** One alternative: what must hold of each field that it names. */
export interface Space {
  fields: ReadonlyMap<string, Range>
  /** Fields that must be known for it to hold. */
  needs: ReadonlySet<string>
}

const OPEN: Range = {
  values: null,
  except: new Set(),
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
}
/** More alternatives than anybody reads: then nothing is said about the condition. */
const MOST = 64

/**
 * The alternatives of a condition, each at least as wide as it really is, so that two that are told apart here can never
 * hold together. Null: too many to look at. What holds for nothing (`project` both a and b) is left out.
 */
export function spacesOf(condition: Condition | null): Space[] | null {
  if (condition === null) return [{ fields: new Map(), needs: new Set() }]
  const found = alternatives(unfold(condition), false)
  return found === null ? null : found.filter(space => [...space.fields.values()].every(range => !isEmpty(range)))
}

/** Can one incident be in both? */
export function meet(a: Space, b: Space): boolean {
  for (const [field, range] of a.fields) {
    const other = b.fields.get(field)
    if (other !== undefined && areApart(range, other)) return false
  }
  return true
}

function alternatives(condition: Unfolded, negated: boolean): Space[] | null {
  if ('field' in condition) return [spaceOf(condition, negated)]
  if ('not' in condition) return alternatives(condition.not, !negated)
  if ('all' in condition) return negated ? either(condition.all, true) : together(condition.all, false)
  // Written in a way that is not looked into: it may hold for anything.
  if ('opaque' in condition) return [{ fields: new Map(), needs: new Set() }]
  return negated ? together(condition.any, true) : either(condition.any, false)
}

function either(parts: readonly Unfolded[], negated: boolean): Space[] | null {
  const found = parts.map(part => alternatives(part, negated))
  if (found.some(one => one === null)) return null
  const all = found.flatMap(one => one ?? [])
  return all.length > MOST ? null : all
}

function together(parts: readonly Unfolded[], negated: boolean): Space[] | null {
  let spaces: Space[] = [{ fields: new Map(), needs: new Set() }]
  for (const part of parts) {
    const more = alternatives(part, negated)
    if (more === null || spaces.length * more.length > MOST) return null
    spaces = spaces.flatMap(space => more.map(other => narrowed(space, other)))
  }
  return spaces
}

function narrowed(a: Space, b: Space): Space {
  const fields = new Map(a.fields)
  for (const [field, range] of b.fields) fields.set(field, both(fields.get(field) ?? OPEN, range))
  return { fields, needs: new Set([...a.needs, ...b.needs]) }
}

function both(a: Range, b: Range): Range {
  const values =
    a.values === null
      ? b.values
      : b.values === null
        ? a.values
        : new Set([...a.values].filter(one => b.values?.has(one)))
  return {
    values,
    except: new Set([...a.except, ...b.except]),
    low: Math.max(a.low, b.low),
    high: Math.min(a.high, b.high),
  }
}

/** As isEmpty of both, without making it: pairs of ten thousand routes come here. */
function areApart(a: Range, b: Range): boolean {
  const [low, high] = [Math.max(a.low, b.low), Math.min(a.high, b.high)]
  if (low > high) return true
  const [listed, other] = a.values === null ? [b, a] : [a, b]
  if (listed.values === null) return false
  for (const text of listed.values) {
    if (other.values !== null && !other.values.has(text)) continue
    if (!a.except.has(text) && !b.except.has(text) && !isOutside(text, low, high)) return false
  }
  return true
}

function isEmpty({ values, except, low, high }: Range): boolean {
  if (low > high) return true
  return values !== null && [...values].every(text => except.has(text) || isOutside(text, low, high))
}

function isOutside(text: string, low: number, high: number): boolean {
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return false
  const value: unknown = JSON.parse(text)
  return typeof value === 'number' && (value < low || value > high)
}

function spaceOf(comparison: Comparison, negated: boolean): Space {
  const { field, op } = comparison
  const asksUnknown = (op === 'unknown') !== negated && (op === 'unknown' || op === 'known')
  return {
    fields: new Map([[field, rangeOf(comparison, negated)]]),
    needs: new Set(asksUnknown ? [] : [field]),
  }
}

function rangeOf({ op, value, than }: Comparison, negated: boolean): Range {
  if (than !== undefined || value === undefined) return OPEN
  const listed = new Set((Array.isArray(value) ? value : [value]).map(one => JSON.stringify(one)))
  const isOneOf = ((op === '=' || op === 'in') && !negated) || ((op === '!=' || op === 'not-in') && negated)
  if (isOneOf) return { ...OPEN, values: listed }
  if (op === '=' || op === 'in' || op === '!=' || op === 'not-in') return { ...OPEN, except: listed }
  if (typeof value !== 'number') return OPEN
  const above = op.startsWith('>')
  if (!above && !op.startsWith('<')) return OPEN
  // The border itself is left in, on either side.
  return above === negated ? { ...OPEN, high: value } : { ...OPEN, low: value }
}
