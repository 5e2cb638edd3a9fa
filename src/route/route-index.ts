import { evaluate } from '../classify/evaluate.ts'
import type { ReadField } from '../classify/fields.ts'
import type { Route } from './escalation-table.ts'
import { isItsTime } from './match-route.ts'
import { keySetsOf, type RouteKey } from './route-keys.ts'

export interface RouteIndex {
  /** Exactly what matchRoutes matches, in the table's order. `now`, ms, is for routes by time of day. */
  match(read: ReadField, now: number): { matched: Route[]; lookedAt: number }
}

/** Rows by what an incident must show for them to match; each list ascends. */
interface FieldRows {
  is: Map<unknown, number[]>
  starts: Starts
  begins: Starts
}

/** `lengths`: a text is cut as often as there are lengths, not prefixes. */
interface Starts {
  rows: Map<string, number[]>
  lengths: Set<number>
}

const built = new WeakMap<readonly Route[], RouteIndex>()

/** The index of that table, built once: a revision's routes are never changed in place. */
export function indexOf(routes: readonly Route[]): RouteIndex {
  const found = built.get(routes)
  if (found !== undefined) return found
  const building = buildIndex(routes)
  for (;;) {
    const step = building.next()
    if (step.done !== true) continue
    built.set(routes, step.value)
    return step.value
  }
}

/** The same ahead of the first match, in slices: what else there is to do goes on meanwhile. */
export async function prepareIndex(routes: readonly Route[]): Promise<void> {
  if (built.has(routes)) return
  const building = buildIndex(routes)
  for (;;) {
    const step = building.next()
    if (step.done === true) {
      built.set(routes, step.value)
      return
    }
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** Rows that are read or filed before others have a turn: a few ms. */
const SLICE = 500

/**
 * Each row is filed under what fewest other rows need too (a project rather than a severity), or, where nothing can be
 * said of what it needs, among those that are always looked at.
 */
function* buildIndex(routes: readonly Route[]): Generator<void, RouteIndex> {
  const sets: ReturnType<typeof keySetsOf>[] = []
  const crowd = new Map<string, number>()
  for (const [row, route] of routes.entries()) {
    const choices = keySetsOf(route)
    sets.push(choices)
    for (const key of choices.flat()) crowd.set(nameOf(key), (crowd.get(nameOf(key)) ?? 0) + 1)
    if (row % SLICE === 0) yield
  }
  const cost = (set: readonly RouteKey[]): number => Math.max(0, ...set.map(key => crowd.get(nameOf(key)) ?? 0))

  const fields = new Map<string, FieldRows>()
  const always: number[] = []
  for (const [row, choices] of sets.entries()) {
    const [rarest] = choices.length > 1 ? choices.toSorted((a, b) => cost(a) - cost(b)) : choices
    if (rarest === undefined) always.push(row)
    for (const key of rarest ?? []) file(fields, key, row)
    if (row % SLICE === 0) yield
  }
  return { match: (read, now) => match(routes, fields, always, read, now) }
}

function nameOf(key: RouteKey): string {
  if ('is' in key) return `${key.field}=${typeof key.is}${key.is}`
  return 'starts' in key ? `${key.field}^${key.starts}` : `${key.field}~${key.begins}`
}

function file(fields: Map<string, FieldRows>, key: RouteKey, row: number): void {
  let rows = fields.get(key.field)
  if (rows === undefined) {
    rows = { is: new Map(), starts: noStarts(), begins: noStarts() }
    fields.set(key.field, rows)
  }
  if ('is' in key) {
    push(rows.is, key.is, row)
    return
  }
  const [starts, text] = 'starts' in key ? [rows.starts, key.starts] : [rows.begins, key.begins]
  starts.lengths.add(text.length)
  push(starts.rows, text, row)
}

function noStarts(): Starts {
  return { rows: new Map(), lengths: new Set() }
}

function push<K>(map: Map<K, number[]>, key: K, row: number): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [row])
  // A row that names a value twice is filed once.
  else if (list.at(-1) !== row) list.push(row)
}

function match(
  routes: readonly Route[],
  fields: ReadonlyMap<string, FieldRows>,
  always: readonly number[],
  read: ReadField,
  now: number,
): { matched: Route[]; lookedAt: number } {
  const lists = candidates(fields, read)
  lists.push(always)
  const places = lists.map(() => 0)
  const matched: Route[] = []
  let lookedAt = 0
  for (let row = nextRow(lists, places); row !== null; row = nextRow(lists, places)) {
    const route = routes[row]
    if (route === undefined) continue
    lookedAt += 1
    if (evaluate(route.when, read).truth !== true || !isItsTime(route, now)) continue
    matched.push(route)
    if (!route.continue) break
  }
  return { matched, lookedAt }
}

function candidates(fields: ReadonlyMap<string, FieldRows>, read: ReadField): (readonly number[])[] {
  const lists: (readonly number[])[] = []
  for (const [field, { is, starts, begins }] of fields) {
    const value = read(field)
    if (value === undefined || value === null) continue
    const rows = is.get(value)
    if (rows !== undefined) lists.push(rows)
    if (typeof value !== 'string') continue
    if (starts.lengths.size > 0) lists.push(...startingLike(starts, value))
    if (begins.lengths.size > 0) lists.push(...startingLike(begins, value.toLowerCase()))
  }
  return lists
}

function startingLike({ rows, lengths }: Starts, text: string): number[][] {
  return [...lengths].flatMap(length => {
    const found = length <= text.length ? rows.get(text.slice(0, length)) : undefined
    return found === undefined ? [] : [found]
  })
}

/** The first row of all lists that was not looked at yet; each list is moved past it. */
function nextRow(lists: readonly (readonly number[])[], places: number[]): number | null {
  let row: number | null = null
  for (const [index, list] of lists.entries()) {
    const head = list[places[index] ?? 0]
    if (head !== undefined && (row === null || head < row)) row = head
  }
  if (row === null) return null
  for (const [index, list] of lists.entries())
    if (list[places[index] ?? 0] === row) places[index] = (places[index] ?? 0) + 1
  return row
}
