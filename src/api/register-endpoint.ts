import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AuditTrail } from '../access/audit-trail.ts'
import type { Caller } from '../access/caller.ts'
import { answerOnce } from './answer-once.ts'
import { audited } from './audited.ts'
import type { Answer, Endpoint } from './endpoint.ts'
import { alreadyHas, formatETag } from './etag.ts'
import type { IdempotencyStore, StoredAnswer } from './idempotency-store.ts'
import { BODY_LIMIT } from './json-body.ts'
import type { Operations } from './operations.ts'
import { outward } from './outward.ts'
import { wantsMinimal } from './prefer.ts'
import { warningHeader } from './warning-answer.ts'

export interface EndpointDeps {
  operations: Operations
  idempotency: IdempotencyStore
  trail: AuditTrail
  callerOf(request: FastifyRequest): Caller
}

/** Makes an endpoint a route: raw input in, its answer out with ETag, Location and times for the outside. */
export function registerEndpoint(fastify: FastifyInstance, endpoint: Endpoint, deps: EndpointDeps): void {
  fastify.route({
    method: endpoint.method,
    url: endpoint.path,
    bodyLimit: BODY_LIMIT,
    config: { yaml: endpoint.yaml },
    async handler(request, reply) {
      if (endpoint.lines !== null) {
        const made = await run(endpoint, deps, request)
        return made.lines === undefined ? send(endpoint, request, reply, stored(endpoint, made)) : stream(reply, made)
      }
      if (endpoint.yaml && endpoint.method === 'GET') {
        const made = await run(endpoint, deps, request)
        const given = stored(endpoint, made)
        return made.text === undefined
          ? send(endpoint, request, reply, given)
          : sendText(request, reply, given, made.text)
      }
      const work = () => answer(endpoint, deps, request)
      if (!endpoint.idempotent) return send(endpoint, request, reply, (await work()).now)
      const caller = deps.callerOf(request)
      // Before any answer of earlier: who may no longer is told no more.
      endpoint.permit(caller)
      const { answer: given, replayed } = await answerOnce(deps.idempotency, request, caller, work)
      if (replayed) reply.header('idempotency-replayed', 'true')
      return send(endpoint, request, reply, given)
    },
  })
}

function run(endpoint: Endpoint, deps: EndpointDeps, request: FastifyRequest): Promise<Answer<unknown>> {
  const caller = deps.callerOf(request)
  const raw = {
    params: request.params,
    query: request.query,
    body: request.body,
    ifMatch: request.headers['if-match'],
    reason: header(request, 'x-change-reason'),
    actor: header(request, 'x-actor'),
    key: endpoint.idempotent ? header(request, 'idempotency-key') : undefined,
    accept: header(request, 'accept'),
  }
  return endpoint.run(deps.operations, caller, raw, audited(deps.trail, endpoint, caller))
}

/** What is answered now, and what a repeat of it will be. */
export interface Answered {
  now: StoredAnswer
  again: StoredAnswer
}

async function answer(endpoint: Endpoint, deps: EndpointDeps, request: FastifyRequest): Promise<Answered> {
  const made = await run(endpoint, deps, request)
  const { repeat } = made
  const now = stored(endpoint, made)
  return { now, again: repeat === undefined ? now : { ...now, body: JSON.stringify(outward(repeat)) } }
}

function stored(endpoint: Endpoint, { body, status, version, location, warnings }: Answer<unknown>): StoredAnswer {
  return {
    status: status ?? endpoint.status,
    body: body === undefined ? null : JSON.stringify(outward(body)),
    etag: version === undefined ? null : formatETag(version),
    location: location ?? null,
    warnings: warnings === undefined ? null : warningHeader(warnings),
  }
}

/** Line by line, as fast as it is read. What fails on the way ends the stream early, which the client sees. */
function stream(reply: FastifyReply, { lines, status }: Answer<unknown>): FastifyReply {
  async function* text(): AsyncGenerator<string> {
    for await (const line of lines ?? []) yield `${JSON.stringify(outward(line))}\n`
  }
  return reply
    .code(status ?? 200)
    .type('application/x-ndjson')
    .send(Readable.from(text()))
}

function sendText(
  request: FastifyRequest,
  reply: FastifyReply,
  { etag, status }: StoredAnswer,
  { type, content }: NonNullable<Answer<unknown>['text']>,
): FastifyReply {
  reply.header('vary', 'accept')
  if (etag !== null) reply.header('etag', etag)
  if (etag !== null && alreadyHas(request.headers['if-none-match'], etag)) return reply.code(304).send()
  return reply.code(status).type(type).send(content)
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function send(endpoint: Endpoint, request: FastifyRequest, reply: FastifyReply, given: StoredAnswer): FastifyReply {
  if (given.etag !== null) reply.header('etag', given.etag)
  if (given.location !== null) reply.header('location', given.location)
  if (given.warnings) reply.header('x-tocsin-warnings', given.warnings)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (isRead && given.etag !== null && alreadyHas(request.headers['if-none-match'], given.etag)) {
    return reply.code(304).send()
  }
  if (given.body === null) return reply.code(given.status).send()
  if (endpoint.minimal && wantsMinimal(header(request, 'prefer'))) {
    // What was made says where it is (RFC 7240 section 4.2); everything else has nothing to add.
    const status = given.status === 201 || given.status === 202 ? given.status : 204
    return reply.code(status).header('preference-applied', 'return=minimal').send()
  }
  return reply.code(given.status).type('application/json; charset=utf-8').send(given.body)
}
