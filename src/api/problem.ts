import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type ErrorCode, TocsinError } from '../errors.ts'
import type { Log } from '../platform/logger.ts'

/** RFC 9457 problem details, as every error of the API looks. */
export const problemSchema = z.object({
  type: z.string().describe('Where the code is explained, relative to this service'),
  title: z.string().describe('The same for every problem with this code'),
  status: z.number().int(),
  detail: z.string().describe('What happened this time, and what to do'),
  code: z.string().describe('For programs: stays the same when words change'),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .describe('What is wrong with the input: JSON pointers into the body; parameters and headers by name'),
  message: z.string().optional().describe("Only to Sentry's own screens, which show it: the same as `detail`"),
})
export type Problem = z.infer<typeof problemSchema>

export const TITLES: Record<ErrorCode, string> = {
  SIGNATURE_MISSING: 'The webhook carries no signature',
  SIGNATURE_INVALID: 'The signature does not fit the body',
  BODY_TOO_LARGE: 'The body is too large',
  STORE_UNAVAILABLE: 'The store cannot be reached: try again',
  SHUTTING_DOWN: 'The service is stopping: try again',
  UNKNOWN_SOURCE: 'There is no such source',
  NOT_FOUND: 'There is no such thing',
  METHOD_NOT_ALLOWED: 'The address knows other methods',
  API_KEY_MISSING: 'An API key is required',
  API_KEY_INVALID: 'The API key or token is not accepted',
  IDENTITY_UNAVAILABLE: 'The identity provider cannot be asked: try again',
  FORBIDDEN: 'The key may not do this',
  TOO_MANY_REQUESTS: 'Too many requests: wait a little',
  BAD_REQUEST: 'The request cannot be read',
  INVALID_INPUT: 'The input has mistakes',
  INVALID_JSON: 'The body is not JSON',
  INVALID_YAML: 'The body is not YAML that can be read',
  UNSUPPORTED_MEDIA_TYPE: 'Bodies must be JSON',
  INVALID_CURSOR: 'The cursor does not belong to this list',
  IF_MATCH_REQUIRED: 'A change must say what it changes: send If-Match',
  STALE_ETAG: 'It was changed by someone else meanwhile',
  MANAGED_BY_ENVIRONMENT: 'It is managed by the environment',
  IN_USE: 'It is in use',
  CONFLICT: 'It does not fit the present state',
  TOO_BROAD: 'It would hide more than the limit: confirm it, or narrow it',
  IDEMPOTENCY_KEY_REUSED: 'The Idempotency-Key was used for another request',
  SECRET_UNREADABLE: 'A stored secret cannot be read',
  SENTRY_API_FAILED: "Sentry's API failed",
  INTERNAL: 'Something failed on our side',
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

export function problemOf(error: TocsinError): Problem {
  return {
    type: `/docs#${error.code}`,
    title: TITLES[error.code],
    status: error.status,
    detail: error.message,
    code: error.code,
    errors: error.problems.map(({ path, message }) => ({ path, message })),
  }
}

/**
 * Fastify's error handler: answers anything thrown as problem details. What we did not throw on purpose goes to the
 * log whole, and outside without its words.
 */
export function createProblemAnswer(log: Pick<Log, 'error'>) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const known = knownError(error, request)
    const { method } = request
    if (known.status >= 500) {
      log.error({ err: error, request: request.id, method, route: request.routeOptions.url }, 'a request failed')
    }
    if (known.status === 401) reply.header('www-authenticate', 'Bearer realm="tocsin"')
    if (known.status === 503) reply.header('retry-after', '1')
    return reply.code(known.status).type(PROBLEM_TYPE).send(problemOf(known))
  }
}

/** Fastify's own refusals carry a status (fastify lib/errors.js); their words may name what a client cannot know. */
function knownError(error: unknown, request: FastifyRequest): TocsinError {
  if (error instanceof TocsinError) return error
  if (isStoreFailure(error)) {
    return new TocsinError(
      'STORE_UNAVAILABLE',
      'Redis does not answer: nothing is sure to have been changed, try again',
    )
  }
  const { code, statusCode } = fastifyError(error)
  if (statusCode === 413) {
    return new TocsinError(
      'BODY_TOO_LARGE',
      `the body is over the ${request.routeOptions.bodyLimit} bytes allowed here`,
    )
  }
  if (statusCode === 415) {
    const sent = request.headers['content-type'] === undefined ? 'without a type' : 'with another type'
    return new TocsinError('UNSUPPORTED_MEDIA_TYPE', `the body came ${sent}: send content-type: application/json`)
  }
  if (code === 'FST_ERR_BAD_URL') return new TocsinError('BAD_REQUEST', 'the address has a malformed % escape')
  if (statusCode >= 400 && statusCode < 500) {
    return new TocsinError('BAD_REQUEST', 'the request cannot be read: look at its length, headers and address')
  }
  return new TocsinError('INTERNAL', `something failed on our side; the log names it under request ${request.id}`)
}

/** How ioredis says that a command got no answer (ioredis lib/errors, redis-errors AbortError, commandTimeout). */
function isStoreFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const names = ['MaxRetriesPerRequestError', 'AbortError', 'ClusterAllFailedError']
  const messages = ['Command timed out', 'Connection is closed.', NOT_CONNECTED]
  return names.includes(error.name) || messages.includes(error.message)
}

/** What a connection says that does not wait for Redis to come back (ioredis lib/Redis.ts, sendCommand). */
const NOT_CONNECTED = "Stream isn't writeable and enableOfflineQueue options is false"

function fastifyError(error: unknown): { code: string; statusCode: number } {
  if (typeof error !== 'object' || error === null) return { code: '', statusCode: 500 }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const statusCode = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  return { code, statusCode }
}
