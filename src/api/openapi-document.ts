import { type ErrorCode, TocsinError } from '../errors.ts'
import { writeYaml } from '../platform/write-yaml.ts'
import { type Door, doors } from './doors.ts'
import { type Endpoint, NO_BODY, TAGS, templatePath } from './endpoint.ts'
import { endpointErrors } from './endpoint-errors.ts'
import { API_PREFIX, apiEndpoints } from './endpoints.ts'
import { MERGE_PATCH } from './json-body.ts'
import { aliveSchema, type OpenRoute, openRoutes, readinessSchema } from './open-routes.ts'
import { inlineSchema, type JsonSchema, openApiSchemas, type SchemaOf } from './openapi-schemas.ts'
import { outward } from './outward.ts'
import { problemSchema, TITLES } from './problem.ts'

const ABOUT = `Operators' side of Tocsin: rules, destinations, sources, incidents.

Errors are problem details (RFC 9457) with a \`code\` that stays. Times are RFC 3339 in UTC, durations in rules ISO 8601
(\`PT15M\`). Lists come in pages: send \`next\` as \`cursor\`. What can be edited carries an \`ETag\`; a change sends it back
as \`If-Match\`. A change with an \`Idempotency-Key\` happens once, however often it is sent within 24 hours. A PATCH is a
JSON Merge Patch (RFC 7396). With \`Prefer: return=minimal\` a change is answered without a body.`

/** The whole OpenAPI 3.1 document, from the same definitions that the routes are made of. */
export function openApiDocument(version: string): JsonSchema {
  const others = { Readiness: readinessSchema, Alive: aliveSchema }
  const { components, answered, sent } = openApiSchemas(apiEndpoints, others)
  const paths: Record<string, Record<string, JsonSchema>> = {}
  const place = (path: string, method: string, operation: JsonSchema) => {
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation }
  }
  for (const door of doors) place(templatePath(door.path), door.method, doorOperation(door))
  for (const endpoint of apiEndpoints) {
    place(`${API_PREFIX}${templatePath(endpoint.path)}`, endpoint.method, endpointOperation(endpoint, answered, sent))
  }
  for (const route of openRoutes) place(route.path, 'GET', openOperation(route, answered))
  return {
    openapi: '3.1.0',
    info: { title: 'Tocsin', version, description: ABOUT, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key (or the one in ADMIN_API_KEY), or a token of the identity provider',
        },
      },
      responses: problemResponses(answered),
      schemas: components,
    },
  }
}

function endpointOperation(endpoint: Endpoint, answered: SchemaOf, sent: SchemaOf): JsonSchema {
  const body = endpoint.body === NO_BODY ? {} : { requestBody: requestBody(endpoint, sent) }
  const parameters = [...inputParameters(endpoint), ...headerParameters(endpoint)]
  return {
    operationId: endpoint.id,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    description: [...(endpoint.description === undefined ? [] : [endpoint.description]), whoMay(endpoint)].join('\n\n'),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...body,
    responses: {
      [endpoint.status]: success(endpoint, answered),
      ...otherSuccesses(endpoint, answered),
      ...problemReferences(endpointErrors(endpoint)),
    },
  }
}

function whoMay({ role, scoped }: Endpoint): string {
  const bound = scoped ? ', also with a key that is bound to projects' : ''
  return `Takes the role \`${role}\` at least${bound}.`
}

function requestBody(endpoint: Endpoint, sent: SchemaOf): JsonSchema {
  const schema = sent(endpoint.documents ?? endpoint.body)
  const required = !endpoint.body.safeParse(undefined).success
  const media = { schema, example: endpoint.example.body }
  const patch = endpoint.method === 'PATCH' ? { [MERGE_PATCH]: media } : {}
  const yaml = endpoint.yaml ? yamlContent(endpoint.example.body) : {}
  return { required, content: { ...patch, 'application/json': media, ...yaml } }
}

function otherSuccesses(endpoint: Endpoint, answered: SchemaOf): Record<number, JsonSchema> {
  const also = endpoint.also.map(({ status, says }) => [status, { ...success(endpoint, answered), description: says }])
  const answers200 = [endpoint.status, ...endpoint.also.map(({ status }) => status)].includes(200)
  return { ...Object.fromEntries(also), ...(endpoint.minimal && answers200 ? { 204: minimal(endpoint) } : {}) }
}

/** What answers 201 or 202 keeps its status without a body: what was made still says where it is. */
function minimal(endpoint: Endpoint): JsonSchema {
  return { description: 'Done; no body was preferred', headers: successHeaders(endpoint) }
}

const WARNED =
  'JSON: what this change made that is probably not meant, each with `code`, `path`, `message` and `suggestion`; `[]`: nothing new'

function successHeaders(endpoint: Endpoint): Record<string, JsonSchema> {
  const etag = { schema: { type: 'string' }, description: 'The version; send it back as If-Match' }
  const location = { schema: { type: 'string' }, description: 'Where it is now' }
  const text = (description: string) => ({ schema: { type: 'string' }, description })
  return {
    ...(endpoint.etag ? { ETag: etag } : {}),
    ...(endpoint.status === 201 ? { Location: location } : {}),
    ...(endpoint.warned ? { 'X-Tocsin-Warnings': text(WARNED) } : {}),
    ...(endpoint.minimal ? { 'Preference-Applied': text('`return=minimal`: there is no body, as was preferred') } : {}),
    ...(endpoint.idempotent
      ? { 'Idempotency-Replayed': text('`true`: it was done before, and this is its answer') }
      : {}),
  }
}

function success(endpoint: Endpoint, answered: SchemaOf): JsonSchema {
  const headers = successHeaders(endpoint)
  return {
    description: endpoint.status === 204 ? 'Done' : endpoint.summary,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(endpoint.status === 204 ? {} : content(endpoint, answered)),
  }
}

function content(endpoint: Endpoint, answered: SchemaOf): JsonSchema {
  const document = () => {
    const example = outward(endpoint.example.response)
    return { 'application/json': { schema: answered(endpoint.response), example } }
  }
  if (endpoint.yaml && endpoint.method === 'GET')
    return { content: { ...document(), ...yamlContent(endpoint.example.response) } }
  if (endpoint.lines === null) return { content: document() }
  const schema = { type: 'string', description: 'One JSON document a line' }
  const lines = { schema, example: `${JSON.stringify(outward(endpoint.example.line))}\n` }
  return { content: { 'application/x-ndjson': lines, ...(endpoint.orDocument ? document() : {}) } }
}

function yamlContent(example: unknown): JsonSchema {
  const schema = { type: 'string', description: 'The same as YAML 1.2' }
  return { 'application/yaml': { schema, example: writeYaml(example) } }
}

function inputParameters(endpoint: Endpoint): JsonSchema[] {
  const places = [
    { where: 'path', schema: endpoint.params },
    { where: 'query', schema: endpoint.query },
  ]
  return places.flatMap(({ where, schema }) =>
    Object.entries(schema.shape).map(([name, field]) => {
      const { description, ...rest } = inlineSchema(field)
      const given = where === 'path' ? endpoint.example.params?.[name] : undefined
      const example = rest.type === 'integer' && given !== undefined ? Number(given) : given
      return {
        name,
        in: where,
        required: where === 'path',
        ...(description === undefined ? {} : { description }),
        schema: rest,
        ...(example === undefined ? {} : { example }),
      }
    }),
  )
}

function headerParameters(endpoint: Endpoint): JsonSchema[] {
  const header = (name: string, required: boolean, description: string, example: string) => {
    return { name, in: 'header', required, description, schema: { type: 'string' }, example }
  }
  const { ifMatch, reasoned, acted, idempotent, minimal } = endpoint
  return [
    ...(ifMatch === 'required' ? [header('If-Match', true, 'The ETag of what you read', '"12"')] : []),
    ...(ifMatch === 'optional' ? [header('If-Match', false, 'Only if this is still the version', '"12"')] : []),
    ...(reasoned ? [header('X-Change-Reason', false, "Why; kept as the revision's message", 'new payments team')] : []),
    ...(acted || reasoned
      ? [header('X-Actor', false, 'Who decided it, where a key acts for several people', 'Ada Moreau')]
      : []),
    ...(idempotent
      ? [header('Idempotency-Key', false, 'New for each new request; a repeat gets the first answer', 'b1946ac9-2f7d')]
      : []),
    ...(minimal ? [header('Prefer', false, '`return=minimal`: answer without a body', 'return=representation')] : []),
  ]
}

/** `INVALID_CURSOR.INVALID_JSON`: every set of codes that share a status is one component. */
function responseName(codes: readonly ErrorCode[]): string {
  return codes.toSorted().join('.')
}

function byStatus(codes: readonly ErrorCode[]): [number, ErrorCode[]][] {
  return [...Map.groupBy(codes, code => new TocsinError(code, '').status)].sort(([a], [b]) => a - b)
}

function problemReferences(codes: readonly ErrorCode[]): Record<string, JsonSchema> {
  const references = byStatus(codes).map(([status, group]) => {
    return [status, { $ref: `#/components/responses/${responseName(group)}` }]
  })
  return Object.fromEntries(references)
}

function problemResponses(answered: SchemaOf): Record<string, JsonSchema> {
  const lists = [...apiEndpoints.map(endpointErrors), ...doors.map(door => door.errors)]
  const groups = lists.flatMap(byStatus).map(([, group]) => [responseName(group), group.toSorted()] as const)
  const content = { 'application/problem+json': { schema: answered(problemSchema) } }
  const responses = groups.map(([name, group]) => {
    return [name, { description: group.map(code => `\`${code}\`: ${TITLES[code]}`).join('; '), content }] as const
  })
  return Object.fromEntries(responses.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function openOperation(route: OpenRoute, answered: SchemaOf): JsonSchema {
  const schema = route.schema === null ? { type: 'string' } : answered(route.schema)
  const media = { [route.contentType]: { schema, example: route.example } }
  const successes = route.statuses.map(({ status, says }) => [status, { description: says, content: media }])
  return {
    operationId: route.id,
    tags: ['operations'],
    summary: route.summary,
    security: [],
    responses: { ...Object.fromEntries(successes), ...problemReferences(route.errors) },
  }
}

function doorOperation(door: Door): JsonSchema {
  const { status, says, schema, example } = door.answer
  const sent = { schema: { description: 'Whatever Sentry sends' }, example: door.body }
  return {
    operationId: door.id,
    tags: ['webhooks'],
    summary: door.summary,
    description: door.description,
    security: [],
    parameters: door.parameters,
    ...(door.body === null
      ? {}
      : { requestBody: { required: true, content: { [door.contentType ?? 'application/json']: sent } } }),
    responses: {
      [status]: { description: says, content: { 'application/json': { schema, example } } },
      ...problemReferences(door.errors),
    },
  }
}
