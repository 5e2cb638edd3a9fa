import { isUtf8 } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, TocsinError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import type { NewDelivery } from './accept-delivery.ts'
import type { RefusalReason } from './refusal-watch.ts'
import { verifySignature } from './signature.ts'

export interface WebhookDoorOptions {
  /** The client secrets of a source, from memory: null when there is no such source. */
  sources(id: string): { clientSecrets: readonly string[] } | null
  /** Resolves with the delivery's id once it is durable. */
  accept(delivery: NewDelivery): Promise<string>
  clock: Clock
  log: { error(details: object, message: string): void; debug(details: object, message: string): void }
  /** After the answer was decided. `ms`: from the complete body to durable. */
  onAccepted?(delivery: {
    source: string
    resource: string
    hookTimestamp: number | null
    receivedAt: number
    bytes: number
    ms: number
  }): void
  /** 401, 413, 429 and broken-off bodies. `source` is UNKNOWN_SOURCE when nobody configured it. */
  onRefused?(source: string, reason: RefusalReason): void
  /** Requests of one client address that may fail verification in a minute before the rest of its failures get 429. */
  refusalLimit?: number
}

/** Stands for every source that is not configured. Cannot be an id: those have no brackets. */
export const UNKNOWN_SOURCE = '(unknown)'
export const DEFAULT_SOURCE = 'default'

/** ASCII escaping makes large events larger than the 1 MiB that Sentry stores. */
const BODY_LIMIT = 4 << 20
const REFUSAL_WINDOW_MS = 60_000

const DETAIL: Record<RefusalReason, string> = {
  'signature-missing':
    'No Sentry-Hook-Signature or Sentry-App-Signature header. Only Sentry posts here; check the webhook URL of the integration.',
  'signature-invalid':
    "The signature does not match this body under this source's client secret. Compare the Client Secret in Sentry's integration with the one configured here, and let no proxy rewrite the body.",
  'too-large': 'The body is larger than 4 MiB.',
  'rate-limited':
    'Too many requests from this address failed verification. A request with a valid signature is still accepted.',
  incomplete: 'The body ended early or did not match its Content-Length.',
}
const ANSWER: Record<RefusalReason, { status: number; code: ErrorCode; title: string }> = {
  'signature-missing': { status: 401, code: 'SIGNATURE_MISSING', title: 'The webhook carries no signature' },
  'signature-invalid': { status: 401, code: 'SIGNATURE_INVALID', title: 'The signature does not fit the body' },
  'too-large': { status: 413, code: 'BODY_TOO_LARGE', title: 'The body is too large' },
  'rate-limited': { status: 429, code: 'TOO_MANY_REQUESTS', title: 'Too many requests: wait a little' },
  incomplete: { status: 400, code: 'BAD_REQUEST', title: 'The request cannot be read' },
}

type DoorRequest = FastifyRequest<{ Params: { source?: string } }>

/**
 * Fastify plugin: `POST /webhooks/sentry[/{source}]`. Verifies the raw bytes, stores them, answers 202 with the delivery's id;
 * parses nothing, so signed garbage is stored like anything else. Register it as it is (not through fastify-plugin):
 * its body parser and its limiter are this door's alone.
 */
export async function webhookDoor(fastify: FastifyInstance, options: WebhookDoorOptions): Promise<void> {
  const { sources, accept, clock, log } = options
  // Compared against for a source that does not exist, so that its answer takes as long as a wrong signature's.
  const nobody = { clientSecrets: [randomBytes(32).toString('hex')] }

  await fastify.register(rateLimit, { global: false })
  // Counts in this process: one round trip to Redis per group of deliveries is all the door may cost.
  const countRefusal = fastify.createRateLimit({ max: options.refusalLimit ?? 60, timeWindow: REFUSAL_WINDOW_MS })

  // A missing, empty or malformed Content-Type would be answered 415 before any handler: the type is not ours to judge.
  fastify.addHook('onRequest', async request => {
    request.headers['content-type'] = 'application/octet-stream'
  })
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) => {
    done(null, body)
  })

  function sourceOf(request: DoorRequest): string {
    return request.params.source ?? DEFAULT_SOURCE
  }

  async function refuse(request: DoorRequest, reply: FastifyReply, reason: RefusalReason): Promise<FastifyReply> {
    const limit = await countRefusal(request)
    const exceeded = !limit.isAllowed && limit.isExceeded
    const told = exceeded ? 'rate-limited' : reason
    const source = sources(sourceOf(request)) === null ? UNKNOWN_SOURCE : sourceOf(request)
    log.debug({ source, reason: told }, 'webhook refused')
    options.onRefused?.(source, told)
    if (exceeded) reply.header('retry-after', String(Math.max(1, limit.ttlInSeconds)))
    return problem(reply, { ...ANSWER[told], detail: DETAIL[told] })
  }

  fastify.setErrorHandler(async (error: Error & { code?: string; statusCode?: number }, request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refuse(request as DoorRequest, reply, 'too-large')
    if ((error.statusCode ?? 500) < 500) return refuse(request as DoorRequest, reply, 'incomplete')
    log.error({ err: error }, 'the webhook door failed')
    return problem(reply, {
      status: 500,
      code: 'INTERNAL',
      title: 'Something failed on our side',
      detail: 'The delivery was not stored.',
    })
  })

  async function receive(request: DoorRequest, reply: FastifyReply): Promise<FastifyReply> {
    const started = clock.now()
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const signatures = [request.headers['sentry-hook-signature'], request.headers['sentry-app-signature']]
    const source = sourceOf(request)
    const known = sources(source)
    const verified = verifySignature(body, signatures, (known ?? nobody).clientSecrets)
    if (!verified || known === null) {
      const missing = signatures.every(header => header === undefined || header === '')
      return refuse(request, reply, missing ? 'signature-missing' : 'signature-invalid')
    }
    const delivery = toDelivery(request, source, body, started)
    try {
      const id = await accept(delivery)
      const { resource, hookTimestamp, receivedAt } = delivery
      const ms = clock.now() - started
      options.onAccepted?.({ source, resource, hookTimestamp, receivedAt, bytes: body.length, ms })
      return reply.code(202).send({ delivery: id })
    } catch (error) {
      log.error({ err: error, source, resource: delivery.resource }, 'a verified webhook could not be stored')
      const code = error instanceof TocsinError && error.status === 503 ? error.code : 'STORE_UNAVAILABLE'
      reply.header('retry-after', '1')
      return problem(reply, {
        status: 503,
        code,
        title: 'The store cannot be reached: try again',
        detail: 'Nothing durable could be written; the delivery is not accepted.',
      })
    }
  }

  // A limiter registered around this door must not count what verifies: a verified drop is forever.
  const unlimited = { config: { rateLimit: false as const } }
  fastify.post('/webhooks/sentry', unlimited, receive)
  fastify.post('/webhooks/sentry/:source', unlimited, receive)
}

function toDelivery(request: DoorRequest, source: string, body: Buffer, receivedAt: number): NewDelivery {
  const resource = request.headers['sentry-hook-resource']
  const timestamp = request.headers['sentry-hook-timestamp']
  // Unix seconds (Sentry's source: sentry_apps/api/serializers/app_platform_event.py). Not signed.
  const ms = typeof timestamp === 'string' && timestamp.trim() !== '' ? Number(timestamp) * 1000 : Number.NaN
  const text = isUtf8(body)
  return {
    source,
    resource: typeof resource === 'string' ? resource.trim().slice(0, 100) : '',
    hookTimestamp: Number.isFinite(ms) ? ms : null,
    receivedAt,
    body: body.toString(text ? 'utf8' : 'base64'),
    encoding: text ? 'utf8' : 'base64',
  }
}

/** RFC 9457. Says nothing that the request did not bring, and never which sources exist. */
function problem(
  reply: FastifyReply,
  about: { status: number; code: ErrorCode; title: string; detail: string },
): FastifyReply {
  const { status, code, title, detail } = about
  return reply
    .code(status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify({ type: `/docs#${code}`, title, status, detail, code, errors: [] }))
}
