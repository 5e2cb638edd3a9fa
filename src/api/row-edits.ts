import { TocsinError } from '../errors.ts'
import { didYouMean } from '../suggest.ts'

export interface Row {
  id: string
}

export interface Place {
  before?: string | undefined
  after?: string | undefined
  index?: number | undefined
}

/** Rows after an edit, and where the edited one stands now. Rows may be unchecked: the rules' validator has the say. */
export interface Edited {
  rows: unknown[]
  index: number
}

/** Where the row with that id stands. Throws NOT_FOUND naming it. */
export function positionOf(rows: readonly Row[], id: string, noun: string): number {
  const index = rows.findIndex(row => row.id === id)
  if (index >= 0) return index
  throw new TocsinError('NOT_FOUND', `there is no ${noun} "${id}" in the rules in force.${meant(rows, id)}`)
}

/** As positionOf, for a neighbour named in the request: a mistake in the input. Throws INVALID_INPUT at `path`. */
export function neighbour(rows: readonly Row[], id: string, noun: string, path: string): number {
  const index = rows.findIndex(row => row.id === id)
  if (index >= 0) return index
  const message = `names ${noun} "${id}", which is not in the rules in force.${meant(rows, id)}`
  throw new TocsinError('INVALID_INPUT', `${path} ${message}`, { problems: [{ path, message }] })
}

function meant(rows: readonly Row[], id: string): string {
  return didYouMean(
    id,
    rows.map(row => row.id),
  )
}

export function inserted(rows: readonly unknown[], row: unknown, index: number): Edited {
  return { rows: [...rows.slice(0, index), row, ...rows.slice(index)], index }
}

export function replaced(rows: readonly unknown[], row: unknown, index: number): Edited {
  return { rows: rows.map((old, at) => (at === index ? row : old)), index }
}

export function removed(rows: readonly unknown[], index: number): Edited {
  return { rows: rows.filter((_, at) => at !== index), index: -1 }
}

/** The same rows with one of them elsewhere. `index` counts without the moved row. Throws NOT_FOUND, INVALID_INPUT. */
export function moved(rows: readonly Row[], id: string, place: Place, noun: string): Edited {
  const row = rows[positionOf(rows, id, noun)]
  const others = rows.filter(other => other.id !== id)
  if (place.before !== undefined) return inserted(others, row, neighbour(others, place.before, noun, '/before'))
  if (place.after !== undefined) return inserted(others, row, neighbour(others, place.after, noun, '/after') + 1)
  return inserted(others, row, Math.min(place.index ?? others.length, others.length))
}
