import { longestInOrder } from './longest-in-order.ts'
import { isObject, type Path, type RawObject, toPointer } from './problem-list.ts'
import { isRowList, memberNames, type NamedRow, namedRows } from './rows-of.ts'
import { sameValue } from './same-value.ts'

/** One thing within a row or a setting that is not as it was. Absent `before`: it was not there; `after`: it is gone. */
export interface MemberChange {
  /** JSON pointer within the row: `/steps/0/after`; '' for the whole. */
  path: string
  before?: unknown
  after?: unknown
}

export interface RowChange {
  /** The member of the document: `routes`, `settings` … */
  list: string
  /** The row's id; of `settings` and the like, the name of the setting; '' for a plain value such as `production`. */
  id: string
  what: 'added' | 'removed' | 'changed' | 'moved'
  /** JSON pointer, into the later document; of what was removed, into the earlier. */
  path: string
  /** Of `changed`. */
  members: MemberChange[]
  /** The row itself: as it was, of `removed`; as it is, of `added`. */
  row?: unknown
  /** Places from 0, of rows: where it was and is. */
  from: number | null
  to: number | null
}

/** A row that differs in more places is shown as the whole row, which reads easier. */
const MOST_MEMBERS = 100

/**
 * What the later document says differently: rows by their id, settings by their name, in the order of the document.
 * Takes documents that have mistakes. Two that say the same have no difference; order counts. Pure.
 */
export function diffRules(before: unknown, after: unknown): RowChange[] {
  const [old, now] = [isObject(before) ? before : {}, isObject(after) ? after : {}]
  return memberNames(old, now).flatMap(list => {
    const [was, is] = [old[list], now[list]]
    if (sameValue(was, is)) return []
    if (isRowList(was, is)) return diffRows(list, namedRows(was), namedRows(is))
    if (isObject(was) && isObject(is)) return diffSettings(list, was, is)
    return [valueChange(list, '', [list], was, is)]
  })
}

function diffSettings(list: string, was: RawObject, is: RawObject): RowChange[] {
  return memberNames(was, is).flatMap(name =>
    sameValue(was[name], is[name]) ? [] : [valueChange(list, name, [list, name], was[name], is[name])],
  )
}

function valueChange(list: string, id: string, path: Path, was: unknown, is: unknown): RowChange {
  const place = { list, id, path: toPointer(path), from: null, to: null }
  if (was === undefined) return { ...place, what: 'added', members: [], row: is }
  if (is === undefined) return { ...place, what: 'removed', members: [], row: was }
  return { ...place, what: 'changed', members: diffMembers(was, is) }
}

function diffRows(list: string, was: readonly NamedRow[], is: readonly NamedRow[]): RowChange[] {
  const old = new Map(was.map(one => [one.id, one]))
  const now = new Map(is.map(one => [one.id, one]))
  const stayed = longestInOrder(is.flatMap(({ id }) => old.get(id)?.at ?? []))
  const removed = was
    .filter(({ id }) => !now.has(id))
    .map(
      ({ id, at, row }): RowChange => ({
        ...{ list, id, what: 'removed', path: toPointer([list, at]) },
        ...{ members: [], row, from: at, to: null },
      }),
    )
  const rest = is.flatMap(({ id, at, row }): RowChange[] => {
    const from = old.get(id)
    const place = { list, id, path: toPointer([list, at]), members: [], to: at }
    if (from === undefined) return [{ ...place, what: 'added', row, from: null }]
    const changes: RowChange[] = []
    if (!sameValue(from.row, row))
      changes.push({ ...place, what: 'changed', members: diffMembers(from.row, row), from: from.at })
    if (!stayed.has(from.at)) changes.push({ ...place, what: 'moved', from: from.at })
    return changes
  })
  return [...removed, ...rest]
}

/** Where exactly two values differ, down to plain values. */
export function diffMembers(before: unknown, after: unknown): MemberChange[] {
  const found = walk(before, after, [])
  return found.length > MOST_MEMBERS ? [{ path: '', before, after }] : found
}

function walk(before: unknown, after: unknown, path: Path): MemberChange[] {
  if (sameValue(before, after)) return []
  if (isObject(before) && isObject(after))
    return memberNames(before, after).flatMap(name => walk(before[name], after[name], [...path, name]))
  // Lists of things, not of words: a step that was added shows as itself.
  if (Array.isArray(before) && Array.isArray(after) && [...before, ...after].every(isObject)) {
    const length = Math.max(before.length, after.length)
    return Array.from({ length }, (_, at) => walk(before[at], after[at], [...path, at])).flat()
  }
  return [
    {
      path: toPointer(path),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    },
  ]
}
