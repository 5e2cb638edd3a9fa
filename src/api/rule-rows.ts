import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import type { RulesDocument } from '../rules/rules-document.ts'
import { type Answer, type Call, type Endpoint, endpoint, NO_BODY, NOTHING, summary } from './endpoint.ts'
import { pageOf, pageQuery, pageRequest, pageSchema } from './paging.ts'
import { authorOf, change } from './publish-rules.ts'
import { type Edited, inserted, moved, neighbour, positionOf, type Row, removed, replaced } from './row-edits.ts'
import type { RowTable } from './row-tables.ts'

export const idParams = z.strictObject({ id: z.string().min(1).max(200) })

const placeSchema = z
  .strictObject({
    before: z.string().optional().describe('Id of the row it goes before'),
    after: z.string().optional().describe('Id of the row it goes after'),
    index: z.number().int().min(0).optional().describe('Position from 0, counted without the moved row'),
  })
  .refine(place => Object.values(place).filter(value => value !== undefined).length === 1, {
    error: 'must say exactly one of before, after, index',
  })

/** Problems of the row itself get paths into the request's body; what is wrong elsewhere because of it says where. */
function relativeTo(error: unknown, pointer: string): unknown {
  if (!(error instanceof TocsinError) || error.code !== 'INVALID_INPUT') return error
  const problems = error.problems.map(({ path, message }) => {
    if (path === pointer || path.startsWith(`${pointer}/`)) return { path: path.slice(pointer.length), message }
    if (!path.startsWith('/routes') && !path.startsWith('/policies') && !path.startsWith('/severityRules'))
      return { path, message }
    return { path: '', message: `would break the rules at ${path}: ${message}` }
  })
  return new TocsinError('INVALID_INPUT', summary(problems), { problems })
}

type AnyCall = Pick<Call<unknown, unknown, unknown>, 'operations' | 'caller' | 'actor' | 'expected' | 'reason'>

/** Makes the next revision with that table edited. Throws INVALID_INPUT with paths into the row, STALE_ETAG. */
async function write(
  table: RowTable,
  call: AnyCall,
  did: string,
  edit: (rows: Row[], document: RulesDocument) => Edited,
): Promise<Answer<Row | null>> {
  let index = -1
  const revision = await change(call.operations, authorOf(call), call.expected, call.reason ?? did, document => {
    const edited = edit(table.rows(document), document)
    index = edited.index
    return { ...document, [table.field]: edited.rows }
  }).catch((error: unknown) => {
    throw relativeTo(error, index < 0 ? '/' : `/${table.field}/${index}`)
  })
  return { body: table.rows(revision.document)[index] ?? null, version: String(revision.number) }
}

function requireSameId(body: unknown, id: string): void {
  if (typeof body !== 'object' || body === null || !('id' in body) || body.id === id) return
  const message = `must be "${id}", as in the address: an id stays; make a new row for another`
  throw new TocsinError('INVALID_INPUT', `/id ${message}`, { problems: [{ path: '/id', message }] })
}

/** The operations on one table of the rules: each write makes a new revision, the ETag is the revision's number. */
export function rowEndpoints(table: RowTable): Endpoint[] {
  const { noun, names, schema, tag, example } = table
  const ordered = table.placeOf !== null
  const reads = { tag, params: idParams, query: NOTHING, body: NO_BODY, etag: true, response: schema }
  const writes = { tag, body: z.unknown(), documents: schema, etag: true, reasoned: true, response: schema }
  const one = { params: { id: example.id }, response: example }
  const listed = pageSchema(schema)

  const list = endpoint({
    id: `list${names.many}`,
    method: 'GET',
    path: `/${tag}`,
    tag,
    summary: `Every ${noun} in force${ordered ? ', in order' : ''}`,
    params: NOTHING,
    query: z.strictObject(pageQuery),
    body: NO_BODY,
    etag: true,
    response: listed,
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [example], next: null } },
    async handle({ operations, query }) {
      const current = await operations.rules.current()
      const body = pageOf(table.rows(current.document), row => row.id, pageRequest(query))
      return { body, version: String(current.number) }
    },
  })
  const get = endpoint({
    ...reads,
    id: `get${names.one}`,
    method: 'GET',
    path: `/${tag}/:id`,
    summary: `One ${noun}`,
    errors: ['NOT_FOUND'],
    example: one,
    async handle({ operations, params }) {
      const current = await operations.rules.current()
      const rows = table.rows(current.document)
      return { body: rows[positionOf(rows, params.id, noun)], version: String(current.number) }
    },
  })
  const create = endpoint({
    ...writes,
    id: `create${names.one}`,
    method: 'POST',
    path: `/${tag}`,
    summary: `Add a ${noun}`,
    description: ordered
      ? 'It goes before the row that `before` names, else before the row that matches everything.'
      : 'Order means nothing here.',
    params: NOTHING,
    query: z.strictObject(ordered ? { before: z.string().optional().describe('Id of the row it goes before') } : {}),
    ifMatch: 'optional',
    idempotent: true,
    status: 201,
    example: { body: example, response: example },
    async handle(call) {
      const before = 'before' in call.query && typeof call.query.before === 'string' ? call.query.before : null
      const made = await write(table, call, `added a ${noun}`, (rows, document) => {
        const place = table.placeOf?.(document, call.body) ?? rows.length
        return inserted(rows, call.body, before === null ? place : neighbour(rows, before, noun, 'before'))
      })
      return { ...made, location: `/api/v1/${tag}/${made.body?.id}` }
    },
  })
  const put = endpoint({
    ...writes,
    id: `put${names.one}`,
    method: 'PUT',
    path: `/${tag}/:id`,
    summary: `Replace a ${noun}`,
    params: idParams,
    query: NOTHING,
    ifMatch: 'required',
    errors: ['NOT_FOUND'],
    example: { ...one, body: example },
    handle: call =>
      write(table, call, `changed ${noun} "${call.params.id}"`, rows => {
        const index = positionOf(rows, call.params.id, noun)
        requireSameId(call.body, call.params.id)
        return replaced(rows, call.body, index)
      }),
  })
  const remove = endpoint({
    id: `delete${names.one}`,
    method: 'DELETE',
    path: `/${tag}/:id`,
    tag,
    summary: `Remove a ${noun}`,
    params: idParams,
    query: NOTHING,
    body: NO_BODY,
    ifMatch: 'required',
    etag: true,
    reasoned: true,
    status: 204,
    response: z.undefined(),
    errors: ['NOT_FOUND', 'IN_USE'],
    example: { params: { id: example.id }, response: undefined },
    async handle(call) {
      const { version } = await write(table, call, `removed ${noun} "${call.params.id}"`, (rows, document) => {
        const index = positionOf(rows, call.params.id, noun)
        refuseUsed(table.usedAt(document, call.params.id), `${noun} "${call.params.id}"`)
        return removed(rows, index)
      })
      return { body: undefined, ...(version === undefined ? {} : { version }) }
    },
  })
  const move = endpoint({
    ...reads,
    id: `move${names.one}`,
    method: 'POST',
    path: `/${tag}/:id/move`,
    summary: `Put a ${noun} elsewhere in the order`,
    body: placeSchema,
    ifMatch: 'optional',
    reasoned: true,
    idempotent: true,
    errors: ['NOT_FOUND'],
    example: { ...one, body: { before: 'everything-else' } },
    handle: call =>
      write(table, call, `moved ${noun} "${call.params.id}"`, rows => moved(rows, call.params.id, call.body, noun)),
  })
  return ordered ? [list, create, get, put, remove, move] : [list, create, get, put, remove]
}

function refuseUsed(places: readonly string[], what: string): void {
  if (places.length === 0) return
  throw new TocsinError('IN_USE', `${what} is used at ${places.join(', ')}: name another there, then remove it`, {
    problems: places.map(path => ({ path, message: `names ${what}` })),
  })
}
