import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { AuditTrail } from '../access/audit-trail.ts'
import type { Authenticate } from '../access/authenticate.ts'
import type { Caller } from '../access/caller.ts'
import { TocsinError } from '../errors.ts'
import type { Log } from '../platform/logger.ts'
import { createCallers } from './callers.ts'
import { API_PREFIX, apiEndpoints } from './endpoints.ts'
import type { IdempotencyStore } from './idempotency-store.ts'
import { acceptJsonBodies } from './json-body.ts'
import type { Operations } from './operations.ts'
import { createProblemAnswer } from './problem.ts'
import { registerEndpoint } from './register-endpoint.ts'
import { registerOpenRoutes } from './register-open-routes.ts'
import { createUnknownRoute } from './unknown-route.ts'
import { acceptYamlBodies } from './yaml-body.ts'

export interface ApiOptions {
  operations: Operations
  authenticate: Authenticate
  trail: AuditTrail
  /** Who was refused, by error code: counted. */
  onRefused(code: string): void
  idempotency: IdempotencyStore
  /** For each caller, and each address where the key is wrong; counted in this process. */
  rateLimit: { max: number; windowMs: number }
  /** The committed openapi.yaml, as text. */
  openapi: string
  /** What fails on our side is told here, whole. */
  log: Pick<Log, 'error'>
}

export const DEFAULT_RATE_LIMIT = { max: 600, windowMs: 60_000 }

/**
 * Everything operators and probes reach: /api/v1, /healthz, /readyz, /metrics, /openapi.yaml, /docs. A plugin:
 * `server.register(registerApi, options)`. Errors of every kind leave as problem details.
 */
export async function registerApi(fastify: FastifyInstance, options: ApiOptions): Promise<void> {
  await fastify.register(async open => {
    open.setErrorHandler(createProblemAnswer(options.log))
    await registerRateLimit(open, options.rateLimit, request => `address:${request.ip}`)
    registerOpenRoutes(open, options)
  })
  await fastify.register(async api => registerKeyed(api, options), { prefix: API_PREFIX })
}

async function registerKeyed(api: FastifyInstance, options: ApiOptions): Promise<void> {
  const asking = createCallers(options.authenticate)
  api.setErrorHandler(createProblemAnswer(options.log))
  acceptJsonBodies(api)
  acceptYamlBodies(api)
  api.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    // The log and the audit trail name it too.
    reply.header('x-request-id', request.id)
  })
  await registerRateLimit(api, options.rateLimit, asking.countUnder)
  // After the limiter (a route's onRequest), so that guessing keys is limited too; before any body is read.
  const callers = new WeakMap<FastifyRequest, Caller>()
  api.addHook('preParsing', async request => {
    const asked = await asking.of(request)
    if (!('refused' in asked)) return void callers.set(request, asked.caller)
    if (asked.refused instanceof TocsinError) options.onRefused(asked.refused.code)
    throw asked.refused
  })
  function callerOf(request: FastifyRequest): Caller {
    const caller = callers.get(request)
    if (caller === undefined) throw new Error('nobody was asked who calls')
    return caller
  }
  for (const endpoint of apiEndpoints) registerEndpoint(api, endpoint, { ...options, callerOf })
  const known = apiEndpoints.map(({ method, path }) => ({ method, url: `${API_PREFIX}${path}` }))
  api.setNotFoundHandler({ preHandler: api.rateLimit() }, createUnknownRoute(known))
}

async function registerRateLimit(
  fastify: FastifyInstance,
  { max, windowMs }: ApiOptions['rateLimit'],
  keyGenerator: (request: FastifyRequest) => string | Promise<string>,
): Promise<void> {
  await fastify.register(rateLimit, {
    max,
    timeWindow: windowMs,
    enableDraftSpec: true,
    keyGenerator,
    errorResponseBuilder: (_request, { max: allowed, after }) =>
      new TocsinError('TOO_MANY_REQUESTS', `more than ${allowed} requests: wait ${after}`),
  })
}
