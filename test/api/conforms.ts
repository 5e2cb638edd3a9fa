import { z } from 'zod'
import { openApiDocument } from '../../src/api/openapi-document.ts'

interface Media {
  schema?: { $ref?: string }
}
interface Operation {
  parameters?: { name: string }[]
  responses: Record<string, { $ref?: string; content?: Record<string, Media> }>
}

const document = openApiDocument('0') as unknown as {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object>; responses: Record<string, { content: Record<string, Media> }> }
}
const definitions = JSON.parse(
  JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/'),
) as Record<string, object>
const schemas = new Map<string, z.ZodType>()

function schemaNamed(name: string): z.ZodType {
  const found = schemas.get(name) ?? z.fromJSONSchema({ $defs: definitions, $ref: `#/$defs/${name}` } as never)
  schemas.set(name, found)
  return found
}

function operationAt(method: string, path: string): Operation | undefined {
  const given = path.split('/')
  const template = Object.keys(document.paths)
    .toSorted((a, b) => a.split('{').length - b.split('{').length)
    .find(one => {
      const steps = one.split('/')
      return steps.length === given.length && steps.every((step, at) => step.startsWith('{') || step === given[at])
    })
  return template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()]
}

/** How a response differs from openapi.yaml: '' when it keeps to it. Unknown addresses and methods must be problems. */
export function differs(method: string, url: string, status: number, type: string, body: string): string {
  const operation = operationAt(method, url.split('?')[0] ?? '')
  if (method === 'OPTIONS' && status === 204) return ''
  if (operation === undefined)
    // Before it is known that nobody answers there: an address, a body or its type that cannot be read.
    return [400, 401, 404, 405, 413, 415].includes(status) ? problem(body) : `undocumented: ${url}`
  if (status === 304) return ''
  // Prefer: return=minimal. What was made says where it is by its header alone.
  const bare = body === '' && type === '' && (status === 201 || status === 202)
  if (bare && operation.parameters?.some(({ name }) => name === 'Prefer')) return ''
  const listed = operation.responses[status]
  if (listed === undefined) return `${method} ${url} answers ${status}, which is not documented: ${body}`
  const name = listed.$ref?.split('/').at(-1)
  const content = name === undefined ? listed.content : document.components.responses[name]?.content
  if (content === undefined) return body === '' ? '' : `${method} ${url} answers a body that is not documented`
  const media = content[type.split(';')[0] ?? '']
  if (media === undefined) return `${method} ${url} answers ${type}, which is not documented for ${status}`
  if (name !== undefined) {
    const code: unknown = JSON.parse(body).code
    if (!name.split('.').includes(String(code))) return `${method} ${url} answers ${code}, documented is ${name}`
  }
  if (!type.includes('json') || type.includes('ndjson') || (body === '' && method === 'HEAD')) return ''
  const reference = media.schema?.$ref?.split('/').at(-1)
  const schema = reference === undefined ? z.fromJSONSchema(media.schema as never) : schemaNamed(reference)
  const result = schema.safeParse(JSON.parse(body))
  return result.success ? '' : `${method} ${url} ${status}: ${JSON.stringify(result.error.issues)}`
}

function problem(body: string): string {
  const result = schemaNamed('Problem').safeParse(JSON.parse(body))
  return result.success ? '' : JSON.stringify(result.error.issues)
}
