import { isUtf8 } from 'node:buffer'
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, TocsinError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import type { Delivery } from '../signals/delivery.ts'
import { verifyPagerdutySignature } from './signature.ts'

export interface PagerdutyDoorOptions {
  /** The subscription's secrets; several while one is rotated. At least one. */
  secrets: readonly string[]
  /** Resolves with the delivery's id once it is durable. */
  accept(delivery: Omit<Delivery, 'id' | 'attempt'>): Promise<string>
  clock: Clock
  log: { error(details: object, message: string): void; debug(details: object, message: string): void }
  onRefused?(reason: PagerdutyRefusal): void
  /** Requests of one client address that may fail verification in a minute before the rest of its failures get 429. */
  refusalLimit?: number
}

export type PagerdutyRefusal = 'signature-missing' | 'signature-invalid' | 'too-large' | 'incomplete' | 'rate-limited'

/** PagerDuty drops what is larger than 256 KB itself (developer-docs webhooks). */
const BODY_LIMIT = 1 << 20

const ANSWER: Record<PagerdutyRefusal, { status: number; code: ErrorCode; title: string; detail: string }> = {
  'signature-missing': {
    ...{ status: 401, code: 'SIGNATURE_MISSING', title: 'The webhook carries no signature' },
    detail: 'No X-PagerDuty-Signature header with a v1= in it. Only PagerDuty posts here.',
  },
  'signature-invalid': {
    ...{ status: 401, code: 'SIGNATURE_INVALID', title: 'The signature does not fit the body' },
    detail:
      'No v1= signature matches this body under PAGERDUTY_WEBHOOK_SECRET. PagerDuty shows the secret only once, when the webhook subscription is made.',
  },
  'too-large': {
    ...{ status: 413, code: 'BODY_TOO_LARGE', title: 'The body is too large' },
    detail: 'The body is larger than 1 MiB.',
  },
  incomplete: {
    ...{ status: 400, code: 'BAD_REQUEST', title: 'The request cannot be read' },
    detail: 'The body ended early or did not match its Content-Length.',
  },
  'rate-limited': {
    ...{ status: 429, code: 'TOO_MANY_REQUESTS', title: 'Too many requests: wait a little' },
    detail: 'Too many requests from this address failed verification. A valid signature is still accepted.',
  },
}

/**
 * Fastify plugin: `POST /webhooks/pagerduty`. Verifies the raw bytes, stores them, answers 202; parses nothing. PagerDuty
 * waits 5 s and repeats what got 5xx or 429 for 48 hours, but drops any other 4xx, and after three of those the whole
 * subscription for a day: so what cannot be stored just now is a 503. Register it as it is (not through fastify-plugin).
 */
export async function pagerdutyDoor(fastify: FastifyInstance, options: PagerdutyDoorOptions): Promise<void> {
  const { secrets, accept, clock, log } = options
  await fastify.register(rateLimit, { global: false })
  const countRefusal = fastify.createRateLimit({ max: options.refusalLimit ?? 60, timeWindow: 60_000 })

  fastify.addHook('onRequest', async request => {
    request.headers['content-type'] = 'application/octet-stream'
  })
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) => {
    done(null, body)
  })

  async function refuse(request: FastifyRequest, reply: FastifyReply, reason: PagerdutyRefusal): Promise<FastifyReply> {
    const limit = await countRefusal(request)
    const exceeded = !limit.isAllowed && limit.isExceeded
    const told = exceeded ? 'rate-limited' : reason
    log.debug({ reason: told }, "a webhook at PagerDuty's door was refused")
    options.onRefused?.(told)
    if (exceeded) reply.header('retry-after', String(Math.max(1, limit.ttlInSeconds)))
    return problem(reply, ANSWER[told])
  }

  fastify.setErrorHandler(async (error: Error & { code?: string; statusCode?: number }, request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refuse(request, reply, 'too-large')
    if ((error.statusCode ?? 500) < 500) return refuse(request, reply, 'incomplete')
    log.error({ err: error }, "PagerDuty's door failed")
    const title = 'Something failed on our side'
    return problem(reply, { status: 500, code: 'INTERNAL', title, detail: 'The webhook was not stored.' })
  })

  // A limiter registered around this door must not count what verifies.
  const unlimited = { config: { rateLimit: false as const } }
  fastify.post('/webhooks/pagerduty', unlimited, async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const signature = request.headers['x-pagerduty-signature']
    if (!verifyPagerdutySignature(body, signature, secrets))
      return refuse(request, reply, signature === undefined ? 'signature-missing' : 'signature-invalid')
    const webhookId = request.headers['x-webhook-id']
    const text = isUtf8(body)
    try {
      const delivery = await accept({
        source: 'pagerduty',
        resource: 'pagerduty',
        via: 'pagerduty',
        ...(typeof webhookId === 'string' ? { webhookId: webhookId.slice(0, 200) } : {}),
        hookTimestamp: null,
        receivedAt: clock.now(),
        body: body.toString(text ? 'utf8' : 'base64'),
        encoding: text ? 'utf8' : 'base64',
      })
      return reply.code(202).send({ delivery })
    } catch (error) {
      log.error({ err: error }, 'a verified webhook of PagerDuty could not be stored')
      const code = error instanceof TocsinError && error.status === 503 ? error.code : 'STORE_UNAVAILABLE'
      reply.header('retry-after', '1')
      const title = 'The store cannot be reached: try again'
      return problem(reply, { status: 503, code, title, detail: 'Nothing durable could be written.' })
    }
  })
}

function problem(
  reply: FastifyReply,
  about: { status: number; code: ErrorCode; title: string; detail: string },
): FastifyReply {
  const body = { type: `/docs#${about.code}`, ...about, errors: [] }
  return reply
    .code(about.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(body))
}
