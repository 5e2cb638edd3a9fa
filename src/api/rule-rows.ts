import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import { isObject } from '../rules/problem-list.ts'
import type { RulesDocument } from '../rules/rules-document.ts'
import { type Answer, type Call, type Endpoint, endpoint, NO_BODY, NOTHING, summary } from './endpoint.ts'
import { mergePatch } from './merge-patch.ts'
import { listed, listQuery, pageSchema, searchFilter } from './paging.ts'
import { authorOf, changeWarned } from './publish-rules.ts'
import { type Edited, inserted, moved, neighbour, positionOf, type Row, removed, replaced } from './row-edits.ts'
import type { RowTable } from './row-tables.ts'
import { newWarnings, refuseWarnings } from './warning-answer.ts'

export const idParams = z.strictObject({ id: z.string().min(1).max(200).describe('As it is listed') })

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
    if (!/^\/(routes|policies|severityRules|maintenance|inhibitions)/.test(path)) return { path, message }
    return { path: '', message: `would break the rules at ${path}: ${message}` }
  })
  return new TocsinError('INVALID_INPUT', summary(problems), { problems })
}

type AnyCall = Pick<Call<unknown, unknown, unknown>, 'operations' | 'caller' | 'actor' | 'expected' | 'reason'> & {
  query: { refuseWarnings?: unknown }
}

/** Makes the next revision with that table edited. Throws INVALID_INPUT with paths into the row, STALE_ETAG. */
async function write(
  table: RowTable,
  call: AnyCall,
  did: string,
  edit: (rows: Row[], document: RulesDocument) => Edited,
): Promise<Answer<Row | null>> {
  let index = -1
  let was: Changed = { before: null, after: null }
  const editing = (document: RulesDocument) => {
    const rows = table.rows(document)
    const edited = edit(rows, document)
    index = edited.index
    was = changed(rows, edited)
    return { ...document, [table.field]: edited.rows }
  }
  // A row has no place to tell them in: what is new of them comes in a header.
  const asked = refuseWarnings.parse(call.query.refuseWarnings)
  const refuse = asked === 'false' ? null : asked
  const [by, message] = [authorOf(call), call.reason ?? did]
  const { before, revision } = await changeWarned(call.operations, by, call.expected, message, editing, refuse).catch(
    (error: unknown) => {
      throw relativeTo(error, index < 0 ? '/' : `/${table.field}/${index}`)
    },
  )
  const { number } = revision
  const what = `rules, revision ${number}: ${did}${was.id === undefined ? '' : ` "${was.id}"`}`
  const told = { what, before: was.before, after: was.after }
  // It is published: what fails now must not say that it is not.
  const warnings = await newWarnings(call.operations, before.document, revision.document).catch(() => null)
  return {
    body: table.rows(revision.document)[index] ?? null,
    version: String(number),
    change: told,
    ...(warnings === null ? {} : { warnings }),
  }
}

interface Changed {
  before: unknown
  after: unknown
  /** Of a row that was added. */
  id?: string
}

/** Edits keep every row that they do not touch: the one before that is gone, and the one after that is new. */
function changed(rows: readonly Row[], edited: Edited): Changed {
  const [old, now] = [new Set<unknown>(rows), new Set<unknown>(edited.rows)]
  const gone = rows.find(row => !now.has(row)) ?? null
  const fresh = edited.rows.find(row => !old.has(row)) ?? null
  if (gone !== null || fresh === null) {
    const moved = gone === null && fresh === null
    const index = rows.indexOf(edited.rows[edited.index] as Row)
    return moved ? { before: { index }, after: { index: edited.index } } : { before: gone, after: fresh }
  }
  const id = typeof fresh === 'object' && 'id' in fresh ? String(fresh.id) : undefined
  return { before: null, after: fresh, ...(id === undefined ? {} : { id }) }
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
  const writes = {
    tag,
    body: z.unknown(),
    documents: schema,
    etag: true,
    reasoned: true,
    warned: true,
    response: schema,
  }
  const one = { params: { id: example.id }, response: example }
  const rowPage = pageSchema(schema)

  const list = endpoint({
    id: `list${names.many}`,
    method: 'GET',
    path: `/${tag}`,
    tag,
    summary: `Every ${noun} in force${ordered ? ', in order' : ''}`,
    params: NOTHING,
    query: listQuery(
      ordered ? ['order', '-order', 'id', '-id', 'name', '-name'] : ['id', '-id', 'name', '-name'],
      searchFilter,
    ),
    body: NO_BODY,
    etag: true,
    response: rowPage,
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [example], next: null } },
    async handle({ operations, query }) {
      const current = await operations.rules.current()
      const body = listed(table.rows(current.document), { ...query, sort: query.sort ?? (ordered ? 'order' : 'id') })
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
    query: z.strictObject(
      ordered
        ? { before: z.string().optional().describe('Id of the row it goes before'), refuseWarnings }
        : { refuseWarnings },
    ),
    ifMatch: 'optional',
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
    query: z.strictObject({ refuseWarnings }),
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
  const [member, value] = Object.entries(example).find(([name]) => name !== 'id') ?? ['name', 'Another name']
  const patch = endpoint({
    ...writes,
    documents: z.record(z.string(), z.unknown()),
    id: `patch${names.one}`,
    method: 'PATCH',
    path: `/${tag}/:id`,
    summary: `Change members of a ${noun}`,
    description:
      'A JSON Merge Patch (RFC 7396): members replace those there are, null takes one away so that its default counts, lists are replaced whole.',
    params: idParams,
    query: z.strictObject({ refuseWarnings }),
    ifMatch: 'required',
    errors: ['NOT_FOUND'],
    example: { ...one, body: { [member]: value } },
    handle: call =>
      write(table, call, `changed ${noun} "${call.params.id}"`, rows => {
        const index = positionOf(rows, call.params.id, noun)
        requireSameId(call.body, call.params.id)
        if (!isObject(call.body)) throw notAPatch()
        return replaced(rows, mergePatch(rows[index], call.body), index)
      }),
  })
  const remove = endpoint({
    id: `delete${names.one}`,
    method: 'DELETE',
    path: `/${tag}/:id`,
    tag,
    summary: `Remove a ${noun}`,
    params: idParams,
    query: z.strictObject({ refuseWarnings }),
    body: NO_BODY,
    ifMatch: 'required',
    etag: true,
    reasoned: true,
    warned: true,
    status: 204,
    response: z.undefined(),
    errors: ['NOT_FOUND', 'IN_USE'],
    example: { params: { id: example.id }, response: undefined },
    async handle(call) {
      const {
        body: _,
        repeat: __,
        ...made
      } = await write(table, call, `removed ${noun} "${call.params.id}"`, (rows, document) => {
        const index = positionOf(rows, call.params.id, noun)
        refuseUsed(table.usedAt(document, call.params.id), `${noun} "${call.params.id}"`)
        return removed(rows, index)
      })
      return { ...made, body: undefined }
    },
  })
  const move = endpoint({
    ...reads,
    id: `move${names.one}`,
    method: 'POST',
    path: `/${tag}/:id/move`,
    summary: `Put a ${noun} elsewhere in the order`,
    query: z.strictObject({ refuseWarnings }),
    body: placeSchema,
    ifMatch: 'optional',
    reasoned: true,
    warned: true,
    errors: ['NOT_FOUND'],
    example: { ...one, body: { index: 0 } },
    handle: call =>
      write(table, call, `moved ${noun} "${call.params.id}"`, rows => moved(rows, call.params.id, call.body, noun)),
  })
  return ordered ? [list, create, get, put, patch, remove, move] : [list, create, get, put, patch, remove]
}

/** What is no object would replace the whole row. */
export function notAPatch(): TocsinError {
  const message = 'must be an object with the members to change: {"name": "Another name"}'
  return new TocsinError('INVALID_INPUT', `the body ${message}`, { problems: [{ path: '', message }] })
}

function refuseUsed(places: readonly string[], what: string): void {
  if (places.length === 0) return
  throw new TocsinError('IN_USE', `${what} is used at ${places.join(', ')}: name another there, then remove it`, {
    problems: places.map(path => ({ path, message: `names ${what}` })),
  })
}
