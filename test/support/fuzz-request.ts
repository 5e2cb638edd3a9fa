import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { parse } from 'yaml'
import { fromSchemas, type Schema } from './from-schema.ts'
import { brokenText, NASTY_TEXTS, nastyText, spoiled } from './spoiled.ts'

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  schema: Schema
  example?: unknown
}
export interface Operation {
  id: string
  method: string
  path: string
  parameters: Parameter[]
  body: { type: string; schema: Schema; example: unknown } | null
}
export interface FuzzRequest {
  operation: string
  method: string
  /** With its query, as it is sent. */
  url: string
  headers: Record<string, string>
  body: string | null
  /** If-Match is to be what it is now. */
  current: boolean
}

const document = parse(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8')) as {
  paths: Record<string, Record<string, Schema>>
  components: { schemas: Record<string, Schema> }
}
const fromSchema = fromSchemas(document.components.schemas)

/** Every operation that openapi.yaml knows. */
export const operations: Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    const content = (operation.requestBody as { content?: Record<string, Schema> } | undefined)?.content ?? {}
    const [type, media] = Object.entries(content)[0] ?? [null, {}]
    return {
      id: String(operation.operationId),
      method: method.toUpperCase(),
      path,
      parameters: (operation.parameters ?? []) as Parameter[],
      body: type === null ? null : { type, schema: (media.schema ?? {}) as Schema, example: media.example },
    }
  }),
)

/** Anything that an operation may be sent: mostly nearly right, for what is far off is refused at the first look. */
export function requestFor(operation: Operation, ids: (documented: string) => string[]): fc.Arbitrary<FuzzRequest> {
  const { method, path, parameters } = operation
  const inPath = parameters.filter(one => one.in === 'path')
  const inQuery = parameters.filter(one => one.in === 'query')
  return fc
    .record({
      method: fc.oneof(
        { weight: 30, arbitrary: fc.constant(method) },
        { weight: 1, arbitrary: fc.constantFrom('HEAD', 'OPTIONS', 'DELETE', 'PUT', 'PATCH', 'POST', 'GET') },
      ),
      places: fc.tuple(...inPath.map(one => placeOf(one, ids))),
      query: queryOf(inQuery),
      headers: headersOf(parameters.filter(one => one.in === 'header')),
      type: fc.oneof(
        { weight: 12, arbitrary: fc.constant(operation.body?.type ?? 'application/json') },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            'application/json',
            'application/yaml',
            'application/merge-patch+json',
            'text/plain',
            'application/json; charset=utf-16',
            'multipart/form-data',
            '/',
            'application/x-www-form-urlencoded',
            'application/json;;;',
          ),
        },
      ),
      body: bodyOf(operation),
      current: fc.nat(3).map(one => one > 0),
    })
    .map(({ method: by, places, query, headers, type, body, current }) => {
      const to = inPath.reduce((text, { name }, at) => text.replace(`{${name}}`, places[at] ?? ''), path)
      const bodiless = by === 'GET' || by === 'HEAD'
      return {
        operation: operation.id,
        method: by,
        url: query === '' ? to : `${to}?${query}`,
        headers: { ...headers, ...(bodiless || body === null ? {} : { 'content-type': type }) },
        body: bodiless ? null : body,
        current,
      }
    })
}

function placeOf({ example, schema }: Parameter, ids: (documented: string) => string[]): fc.Arbitrary<string> {
  const known = ids(String(example ?? ''))
  return fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: fromSchema(schema).map(one => encoded(String(one))) },
    { weight: 2, arbitrary: fc.constantFrom(...NASTY_TEXTS).map(encoded) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('%', '%zz', '%c0%ae%c0%ae', '..%2f..%2f', 'a%00b', '..;', '~', "'"),
    },
  )
}

/** As a client would write it. Half a surrogate pair has no such form. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()) || '-'
}

function queryOf(parameters: Parameter[]): fc.Arbitrary<string> {
  const known = parameters.map(({ name, schema }) =>
    fc.tuple(
      fc.constant(name),
      fc.oneof({ weight: 4, arbitrary: fromSchema(schema).map(String) }, { weight: 1, arbitrary: nastyText }),
    ),
  )
  const unknown = fc.tuple(
    fc.constantFrom('unknown', '__proto__', 'constructor', 'limit', 'cursor', 'a[b]', ''),
    nastyText,
  )
  const one =
    known.length === 0
      ? unknown
      : fc.oneof({ weight: 9, arbitrary: fc.oneof(...known) }, { weight: 1, arbitrary: unknown })
  // Names come twice now and then, as clients send them by mistake.
  const some = fc.array(one, { maxLength: 3 })
  const none = fc.constant([] as [string, string][])
  const pairs = known.length === 0 ? fc.oneof({ weight: 12, arbitrary: none }, { weight: 1, arbitrary: some }) : some
  return pairs.map(all =>
    all.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`).join('&'),
  )
}

function headersOf(parameters: Parameter[]): fc.Arbitrary<Record<string, string>> {
  // What a header can carry at all: visible Latin-1 (RFC 9110 section 5.5). The rest is sent by hand, over a socket.
  const anything = nastyText.map(text =>
    text
      .replaceAll(/[^\x20-\x7e\x80-\xff]/g, '?')
      .trim()
      .slice(0, 2_000),
  )
  const values = (name: string, example: string): fc.Arbitrary<string> => {
    if (name === 'Idempotency-Key')
      return fc.oneof(
        { weight: 6, arbitrary: fc.uuid() },
        { weight: 2, arbitrary: fc.constantFrom('one', 'two') },
        { weight: 1, arbitrary: anything },
      )
    if (name === 'If-Match')
      return fc.oneof(
        fc.integer({ min: 0, max: 30 }).map(one => `"${one}"`),
        fc.constantFrom('*', 'W/"3"', '"1", "2"', '""', '"x"'),
        anything,
      )
    if (name === 'Prefer')
      return fc.constantFrom('return=minimal', 'return=representation', 'RETURN="minimal"', 'wait=5', ',;=,')
    return fc.oneof({ weight: 3, arbitrary: fc.constant(example) }, { weight: 1, arbitrary: anything })
  }
  const model = Object.fromEntries(
    parameters.map(({ name, example }) => [name.toLowerCase(), values(name, String(example ?? 'x'))]),
  )
  return fc.record(
    {
      ...model,
      accept: fc.constantFrom('*/*', 'application/json', 'text/html', 'application/x-ndjson', 'application/yaml'),
    },
    { requiredKeys: [] },
  )
}

function bodyOf({ body, method }: Operation): fc.Arbitrary<string | null> {
  if (body === null) {
    if (method === 'GET') return fc.constant(null)
    return fc.oneof(
      { weight: 8, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constant('{}') },
      { weight: 1, arbitrary: brokenText },
    )
  }
  const example = fc.constant(body.example)
  const made = fromSchema(body.schema)
  const value = fc.oneof(
    { weight: 4, arbitrary: example },
    { weight: 6, arbitrary: spoiled(example) },
    { weight: 4, arbitrary: made },
    { weight: 3, arbitrary: spoiled(made) },
  )
  const text = value.map(one =>
    one === undefined ? null : body.type.includes('form') ? formOf(one) : JSON.stringify(one),
  )
  return fc.oneof(
    { weight: 14, arbitrary: text },
    { weight: 1, arbitrary: brokenText },
    { weight: 1, arbitrary: fc.constant(null) },
  )
}

function formOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const pairs = Object.entries(value).map(([name, one]) => [
    name,
    typeof one === 'string' ? one.toWellFormed() : (JSON.stringify(one) ?? ''),
  ])
  return new URLSearchParams(pairs as [string, string][]).toString()
}
