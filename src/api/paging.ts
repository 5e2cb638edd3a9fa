import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import type { Page, PageRequest } from './operations.ts'

export const pageQuery = {
  limit: z.coerce
    .number('a whole number from 1 to 200')
    .int('a whole number from 1 to 200')
    .min(1)
    .max(200)
    .default(50)
    .describe('At most so many items'),
  cursor: z.string().max(500).optional().describe('`next` of the page before; `sort` and the filters as for that page'),
}

/** Of lists whose items have a name. */
export const searchFilter = {
  search: z.string().trim().min(1).max(200).optional().describe('Part of its id or name'),
}

/** What every list takes: its own filters, `sort` out of a closed list (the first is the default), and the page. */
export function listQuery<const S extends readonly [string, ...string[]], F extends z.ZodRawShape>(
  sorts: S,
  filters: F,
) {
  const says = `\`-\`: the greatest, newest or last first. Left out: \`${sorts[0]}\``
  const sort = z.enum(sorts).optional().describe(says)
  return z.strictObject({ ...filters, sort, ...pageQuery })
}

export interface ListQuery {
  limit: number
  cursor?: string | undefined
  sort?: string | undefined
}

/** For lists that can be read from either end; `newest` is what the list does by itself. */
export function pageRequest({ limit, cursor, sort }: ListQuery, newestFirst = true): PageRequest {
  const oldestFirst = sort === undefined ? !newestFirst : !sort.startsWith('-')
  return { limit, cursor: cursor ?? null, oldestFirst }
}

export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().describe('Send as `cursor` for the next page; null on the last'),
  })
}

/** One page of a list that is whole in memory; the cursor names the last item told. Throws INVALID_CURSOR. */
export function pageOf<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  { limit, cursor }: Pick<PageRequest, 'limit' | 'cursor'>,
): Page<T> {
  const start = cursor === null ? 0 : items.findIndex(item => encode(idOf(item)) === cursor) + 1
  if (cursor !== null && start === 0) {
    throw new TocsinError('INVALID_CURSOR', 'the cursor names nothing in this list (any more): start without it')
  }
  const page = items.slice(start, start + limit)
  const last = page.at(-1)
  const more = start + page.length < items.length
  return { items: page, next: more && last !== undefined ? encode(idOf(last)) : null }
}

/**
 * As pageOf, filtered by `search` and in the order that `sort` names; `order` and no sort leave them as they come, the
 * first of the list being the default.
 */
export function listed<T extends { id: string }>(
  items: readonly T[],
  query: ListQuery & { search?: string | undefined },
): Page<T> {
  const { search, sort } = query
  const found = items.filter(item => search === undefined || isNamed(item, search))
  const [by, descending] = sort?.startsWith('-') ? [sort.slice(1), true] : [sort ?? 'order', false]
  const ascending = by === 'order' ? found : found.toSorted((a, b) => compared(memberOf(a, by), memberOf(b, by)))
  return pageOf(descending ? ascending.toReversed() : ascending, ({ id }) => id, {
    ...query,
    cursor: query.cursor ?? null,
  })
}

function isNamed(item: { id: string }, search: string): boolean {
  const wanted = search.toLowerCase()
  return [item.id, memberOf(item, 'name')].some(text =>
    String(text ?? '')
      .toLowerCase()
      .includes(wanted),
  )
}

function memberOf(item: object, name: string): unknown {
  return Object.hasOwn(item, name) ? (item as Record<string, unknown>)[name] : null
}

/** Nothing comes first, then numbers by size and text by code unit, so that every client can repeat it. */
function compared(a: unknown, b: unknown): number {
  if (a == null || b == null) return Number(a != null) - Number(b != null)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [String(a), String(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

function encode(id: string): string {
  return Buffer.from(id).toString('base64url')
}
