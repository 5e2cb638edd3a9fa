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
  cursor: z.string().max(500).optional().describe('`next` of the page before'),
}

export function pageRequest(query: { limit: number; cursor?: string | undefined }): PageRequest {
  return { limit: query.limit, cursor: query.cursor ?? null }
}

export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().describe('Send as `cursor` for the next page; null on the last'),
  })
}

/** One page of a list that is whole in memory; the cursor names the last item told. Throws INVALID_CURSOR. */
export function pageOf<T>(items: readonly T[], idOf: (item: T) => string, { limit, cursor }: PageRequest): Page<T> {
  const start = cursor === null ? 0 : items.findIndex(item => encode(idOf(item)) === cursor) + 1
  if (cursor !== null && start === 0) {
    throw new TocsinError('INVALID_CURSOR', 'the cursor names nothing in this list (any more): start without it')
  }
  const page = items.slice(start, start + limit)
  const last = page.at(-1)
  const more = start + page.length < items.length
  return { items: page, next: more && last !== undefined ? encode(idOf(last)) : null }
}

function encode(id: string): string {
  return Buffer.from(id).toString('base64url')
}
