import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Caller } from '../access/caller.ts'
import { answerOnce } from './answer-once.ts'
import type { Endpoint } from './endpoint.ts'
import { alreadyHas, formatETag } from './etag.ts'
import type { IdempotencyStore, StoredAnswer } from './idempotency-store.ts'
import { BODY_LIMIT } from './json-body.ts'
import type { Operations } from './operations.ts'
import { outward } from './outward.ts'

export interface EndpointDeps {
  operations: Operations
  idempotency: IdempotencyStore
  callerOf(request: FastifyRequest): Caller
}

/** Makes an endpoint a route: raw input in, its answer out with ETag, Location and times for the outside. */
export function registerEndpoint(fastify: FastifyInstance, endpoint: Endpoint, deps: EndpointDeps): void {
  fastify.route({
    method: endpoint.method,
    url: endpoint.path,
    bodyLimit: BODY_LIMIT,
    async handler(request, reply) {
      const work = () => answer(endpoint, deps, request)
      if (!endpoint.idempotent) return send(request, reply, await work())
      const { answer: given, replayed } = await answerOnce(deps.idempotency, request, work)
      if (replayed) reply.header('idempotency-replayed', 'true')
      return send(request, reply, given)
    },
  })
}

async function answer(endpoint: Endpoint, deps: EndpointDeps, request: FastifyRequest): Promise<StoredAnswer> {
  const { body, status, version, location } = await endpoint.run(deps.operations, deps.callerOf(request), {
    params: request.params,
    query: request.query,
    body: request.body,
    ifMatch: request.headers['if-match'],
    reason: header(request, 'x-change-reason'),
    actor: header(request, 'x-actor'),
    key: endpoint.idempotent ? header(request, 'idempotency-key') : undefined,
  })
  return {
    status: status ?? endpoint.status,
    body: body === undefined ? null : JSON.stringify(outward(body)),
    etag: version === undefined ? null : formatETag(version),
    location: location ?? null,
  }
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function send(request: FastifyRequest, reply: FastifyReply, given: StoredAnswer): FastifyReply {
  if (given.etag !== null) reply.header('etag', given.etag)
  if (given.location !== null) reply.header('location', given.location)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (isRead && given.etag !== null && alreadyHas(request.headers['if-none-match'], given.etag)) {
    return reply.code(304).send()
  }
  if (given.body === null) return reply.code(given.status).send()
  return reply.code(given.status).type('application/json; charset=utf-8').send(given.body)
}
