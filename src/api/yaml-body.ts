import type { FastifyInstance, FastifyRequest } from 'fastify'
import { TocsinError } from '../errors.ts'
import { type Place, readYaml } from '../platform/read-yaml.ts'
import { oddity } from './odd-json.ts'

/** Reading YAML takes about a second a megabyte, in which nothing else is done; JSON takes a hundredth of that. */
export const YAML_LIMIT = 512 * 1024

export const YAML_TYPE = 'application/yaml'
/** RFC 9512 registers the first; the others were in use before it (its section 2.1). */
const TYPES = [YAML_TYPE, 'application/x-yaml', 'text/yaml', 'text/x-yaml']

type PlaceOf = (pointer: string) => Place | null
const places = new WeakMap<object, PlaceOf>()

/** Where a pointer into a body leads in the text it was read from; null of JSON. */
export function placeIn(body: unknown, pointer: string): Place | null {
  return typeof body === 'object' && body !== null ? (places.get(body)?.(pointer) ?? null) : null
}

/** Bodies in YAML, for the operations that take them. They become the same plain data as JSON, and remember their lines. */
export function acceptYamlBodies(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(TYPES, { parseAs: 'string' }, (request, body, done) => {
    try {
      done(null, parsed(request, body.toString()))
    } catch (error) {
      done(error as TocsinError, undefined)
    }
  })
}

function parsed(request: FastifyRequest, text: string): unknown {
  const { yaml } = request.routeOptions.config as { yaml?: boolean }
  if (yaml !== true) {
    throw new TocsinError('UNSUPPORTED_MEDIA_TYPE', 'this operation takes JSON: send content-type: application/json')
  }
  if (Buffer.byteLength(text) > YAML_LIMIT) {
    const words = `YAML over ${YAML_LIMIT} bytes is not read here: send it as JSON, as "tocsin rules apply" does`
    throw new TocsinError('BODY_TOO_LARGE', words)
  }
  if (text.trim() === '') return undefined
  const read = readYaml(text)
  if ('mistakes' in read) {
    const problems = read.mistakes.map(({ place, message }) => ({ path: '', message: `${message}${sayPlace(place)}` }))
    throw new TocsinError('INVALID_YAML', `the body: ${problems[0]?.message ?? 'is not YAML'}`, { problems })
  }
  const odd = oddity(read.value)
  if (odd !== null) throw new TocsinError('INVALID_YAML', `the body cannot be used: ${odd}`)
  if (typeof read.value === 'object' && read.value !== null) places.set(read.value, read.placeOf)
  return read.value
}

/** ` (line 12, column 3)`; nothing where nobody knows. */
export function sayPlace(place: Place | null): string {
  return place === null ? '' : ` (line ${place.line}, column ${place.column})`
}
