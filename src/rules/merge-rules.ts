import { isObject, type RawObject } from './problem-list.ts'
import { isRowList, memberNames, namedRows } from './rows-of.ts'
import { sameValue } from './same-value.ts'

/** Both changed the same row, differently. Absent: it is not there on that side. */
export interface MergeConflict {
  list: string
  /** Of the row or setting; '' for the whole list, where both put its rows into another order. */
  id: string
  base?: unknown
  mine?: unknown
  theirs?: unknown
}

export type Side = 'mine' | 'theirs'

export interface Merged {
  document: RawObject
  conflicts: MergeConflict[]
}

/**
 * Makes both sides' changes to `base`, row by row and setting by setting. Where both changed one row differently it is
 * a conflict, and `settle` says whose stands (left out: mine). Rows that were added keep their place behind the row that
 * they followed. Takes documents that have mistakes. Pure.
 */
export function mergeRules(
  base: unknown,
  mine: unknown,
  theirs: unknown,
  settle: (list: string, id: string) => Side = () => 'mine',
): Merged {
  const [b, m, t] = [base, mine, theirs].map(one => (isObject(one) ? one : {})) as [RawObject, RawObject, RawObject]
  const conflicts: MergeConflict[] = []
  const document: RawObject = {}

  /** Undefined: not there. */
  function pick(list: string, id: string, was: unknown, my: unknown, their: unknown): unknown {
    if (sameValue(was, my) || sameValue(my, their)) return their
    if (sameValue(was, their)) return my
    conflicts.push({
      ...{ list, id },
      ...(was === undefined ? {} : { base: was }),
      ...(my === undefined ? {} : { mine: my }),
      ...(their === undefined ? {} : { theirs: their }),
    })
    return settle(list, id) === 'mine' ? my : their
  }

  function mergeRows(list: string): unknown[] {
    const [was, my, their] = [b, m, t].map(one => new Map(namedRows(one[list]).map(({ id, row }) => [id, row])))
    if (was === undefined || my === undefined || their === undefined) return []
    const ids = new Set([...was.keys(), ...their.keys(), ...my.keys()])
    const rows = new Map<string, unknown>()
    for (const id of ids) {
      const row = pick(list, id, was.get(id), my.get(id), their.get(id))
      if (row !== undefined) rows.set(id, row)
    }
    const common = (order: Map<string, unknown>): string[] =>
      [...order.keys()].filter(id => was.has(id) && my.has(id) && their.has(id))
    const [oldOrder, myOrder, theirOrder] = [common(was), common(my), common(their)]
    let lead: Side = sameValue(oldOrder, myOrder) ? 'theirs' : 'mine'
    if (lead === 'mine' && !sameValue(oldOrder, theirOrder) && !sameValue(myOrder, theirOrder)) {
      conflicts.push({ list, id: '', base: oldOrder, mine: myOrder, theirs: theirOrder })
      lead = settle(list, '')
    }
    const [first, second] = lead === 'mine' ? [my, their] : [their, my]
    const order = [...first.keys()].filter(id => rows.has(id))
    for (const id of rows.keys()) if (!first.has(id)) insertBehind(order, id, [...second.keys()], [...was.keys()])
    return order.map(id => rows.get(id))
  }

  for (const list of memberNames(t, m, b)) {
    const [was, my, their] = [b[list], m[list], t[list]]
    let value: unknown
    if (isRowList(was, my, their)) value = mergeRows(list)
    else if (isObject(my) && isObject(their)) {
      const old = isObject(was) ? was : {}
      const named = memberNames(their, my, old).map(
        name => [name, pick(list, name, old[name], my[name], their[name])] as const,
      )
      value = Object.fromEntries(named.filter(([, one]) => one !== undefined))
    } else value = pick(list, '', was, my, their)
    if (value !== undefined) document[list] = value
  }
  return { document, conflicts }
}

/** Behind the nearest row that it followed on its own side and that is still there; else first. */
function insertBehind(order: string[], id: string, own: readonly string[], old: readonly string[]): void {
  const side = own.includes(id) ? own : old
  for (let at = side.indexOf(id) - 1; at >= 0; at -= 1) {
    const place = order.indexOf(side[at] ?? '')
    if (place >= 0) {
      order.splice(place + 1, 0, id)
      return
    }
  }
  order.unshift(id)
}
