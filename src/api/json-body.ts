import type { FastifyInstance } from 'fastify'
import { TocsinError } from '../errors.ts'
import { oddity } from './odd-json.ts'

/** What a PATCH is, by its own name (RFC 7396 section 4); application/json means the same there. */
export const MERGE_PATCH = 'application/merge-patch+json'

/** Rules of ten thousand routes are about 3 MB. */
export const BODY_LIMIT = 8 * 1024 * 1024

/**
 * JSON bodies only, and an empty one counts as none: clients that always send a content type need no `{}`. Fastify's
 * own parser guards against prototype poisoning; ours adds where the mistake is, without quoting the body, which may
 * hold secrets.
 */
export function acceptJsonBodies(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error')
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser(['application/json', MERGE_PATCH], { parseAs: 'string' }, (request, body, done) => {
    if (request.method !== 'PATCH' && isMergePatch(request.headers['content-type'])) {
      const detail = `${MERGE_PATCH} is for PATCH: send content-type: application/json`
      return done(new TocsinError('UNSUPPORTED_MEDIA_TYPE', detail), undefined)
    }
    const text = body.toString()
    if (text.trim() === '') return done(null, undefined)
    parse(request, text, (error, parsed) => {
      const odd = error === null ? oddity(parsed) : null
      if (odd !== null) done(new TocsinError('INVALID_JSON', `the body cannot be used: ${odd}`), undefined)
      else if (error === null) done(null, parsed)
      else done(new TocsinError('INVALID_JSON', `the body is not JSON${placeOfMistake(text)}`), undefined)
    })
  })
}

function isMergePatch(contentType: string | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === MERGE_PATCH
}

function placeOfMistake(text: string): string {
  try {
    JSON.parse(text)
    return ': it holds a forbidden name such as "__proto__"'
  } catch (error) {
    const place = error instanceof Error ? /\(line \d+ column \d+\)/.exec(error.message)?.[0] : undefined
    return place === undefined ? '' : ` ${place}`
  }
}
