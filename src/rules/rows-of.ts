import { isObject, type RawObject } from './problem-list.ts'

/** One row of a list of the rules, by what names it. */
export interface NamedRow {
  /** Its id; of what has none, its name; a second one of the same name gets a number. */
  id: string
  at: number
  row: unknown
}

/**
 * The rows of a list, each with a name of its own, also where the document has mistakes: two editors' rows are the same
 * row when they bear the same name.
 */
export function namedRows(list: unknown): NamedRow[] {
  const rows: unknown[] = Array.isArray(list) ? list : []
  const taken = new Set<string>()
  return rows.map((row, at) => {
    const wanted = nameOf(row, at)
    let id = wanted
    for (let again = 2; taken.has(id); again += 1) id = `${wanted} (${again})`
    taken.add(id)
    return { id, at, row }
  })
}

function nameOf(row: unknown, at: number): string {
  if (!isObject(row)) return `#${at + 1}`
  const name = [row.id, row.name].find(one => typeof one === 'string' && one !== '')
  return typeof name === 'string' ? name : `#${at + 1}`
}

/** Is that member of the document a list of rows, in either of them? The rest is compared member by member. */
export function isRowList(...values: unknown[]): boolean {
  return values.every(value => value === undefined || Array.isArray(value)) && values.some(hasRows)
}

function hasRows(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isObject)
}

/** Names of all members of several documents, in the order of the first that has them. */
export function memberNames(...documents: RawObject[]): string[] {
  return [...new Set(documents.flatMap(document => Object.keys(document)))]
}
