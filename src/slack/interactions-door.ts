import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorCode } from '../errors.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Clock } from '../platform/clock.ts'
import { answerPresser } from './answer-presser.ts'
import { HELP, listOpen } from './command-answer.ts'
import { type ModalView, modalFor } from './modals.ts'
import { type Interaction, parseInteraction } from './parse-interaction.ts'
import type { Press } from './press.ts'
import { type SignatureVerdict, verifySlackSignature } from './signature.ts'

export interface SlackDoorOptions {
  signingSecret: string
  /** Resolves once the press is durable. */
  accept(press: Press, receivedAt: number): Promise<unknown>
  /** Opens a window at once: null, or in words why it could not be. */
  openModal(destination: string, triggerId: string, view: ModalView): Promise<string | null>
  openIncidents(): Promise<readonly Incident[]>
  incidentUrl(id: string): string
  clock: Clock
  log: { error(details: object, message: string): void; debug(details: object, message: string): void }
  onRefused?(reason: string): void
  /** Requests of one client address that may fail verification in a minute before the rest of its failures get 429. */
  refusalLimit?: number
}

const BODY_LIMIT = 1 << 20
const REFUSAL_WINDOW_MS = 60_000
const BAD: Record<Exclude<SignatureVerdict, 'good'>, { code: ErrorCode; title: string; detail: string }> = {
  missing: {
    code: 'SIGNATURE_MISSING',
    title: 'The request carries no signature',
    detail: 'No X-Slack-Signature or X-Slack-Request-Timestamp header. Only Slack posts here.',
  },
  old: {
    code: 'SIGNATURE_INVALID',
    title: 'The request is not of now',
    detail: 'X-Slack-Request-Timestamp is more than five minutes away from our clock. If this is Slack, set the clock.',
  },
  invalid: {
    code: 'SIGNATURE_INVALID',
    title: 'The signature does not fit the body',
    detail: "Compare the app's Signing Secret with SLACK_SIGNING_SECRET, and let no proxy rewrite the body.",
  },
}

/**
 * Fastify plugin: `POST /webhooks/slack/interactions` and `/webhooks/slack/commands`. Slack waits three seconds: what was
 * decided is stored and answered 200; a window is opened meanwhile, because its trigger_id lives no longer than that.
 * Register it as it is: its body parser and its limiter are this door's alone.
 */
export async function slackDoor(fastify: FastifyInstance, options: SlackDoorOptions): Promise<void> {
  const { clock, log } = options
  /** Windows that are being opened. */
  const opening = new Set<Promise<void>>()
  fastify.addHook('onClose', async () => {
    await Promise.all(opening)
  })

  await fastify.register(rateLimit, { global: false })
  const countRefusal = fastify.createRateLimit({ max: options.refusalLimit ?? 60, timeWindow: REFUSAL_WINDOW_MS })
  // The signature is over the raw bytes, and the type is not ours to judge.
  fastify.addHook('onRequest', async request => {
    request.headers['content-type'] = 'application/octet-stream'
  })
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) => {
    done(null, body)
  })
  fastify.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500
    if (status === 413)
      return problem(reply, 413, 'BODY_TOO_LARGE', 'The body is too large', 'The body is larger than 1 MiB.')
    if (status < 500)
      return problem(reply, 400, 'BAD_REQUEST', 'The request cannot be read', 'The body ended early or is malformed.')
    log.error({ err: error }, 'the door for Slack failed')
    return problem(
      reply,
      500,
      'INTERNAL',
      'Something failed on our side',
      'What was pressed did not count: press again.',
    )
  })

  /** The verified body; null: it was refused and answered. */
  async function verified(request: FastifyRequest, reply: FastifyReply): Promise<string | null> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const headers = {
      timestamp: request.headers['x-slack-request-timestamp'],
      signature: request.headers['x-slack-signature'],
    }
    const verdict = verifySlackSignature(body, headers, options.signingSecret, clock.now())
    if (verdict === 'good') return body.toString('utf8')
    const limit = await countRefusal(request)
    const exceeded = !limit.isAllowed && limit.isExceeded
    log.debug({ reason: verdict }, 'a request that says it is from Slack was refused')
    options.onRefused?.(exceeded ? 'rate-limited' : verdict)
    if (exceeded) {
      reply.header('retry-after', String(Math.max(1, limit.ttlInSeconds)))
      const detail = 'Too many requests from this address failed verification.'
      problem(reply, 429, 'TOO_MANY_REQUESTS', 'Too many requests: wait a little', detail)
    } else problem(reply, 401, BAD[verdict].code, BAD[verdict].title, BAD[verdict].detail)
    return null
  }

  function ask({ verb, from, triggerId }: Extract<Interaction, { kind: 'ask' }>): void {
    const work = options
      .openModal(from.destination, triggerId, modalFor(verb, from))
      .then(async trouble => {
        if (trouble === null) return
        log.error({ destination: from.destination, verb, trouble }, 'a window could not be opened in Slack')
        await answerPresser(from.replySecret, `That could not be asked: ${trouble}. Press again.`)
      })
      .catch(error => log.error({ err: error }, 'a window could not be opened in Slack'))
      .finally(() => opening.delete(work))
    opening.add(work)
  }

  const unlimited = { config: { rateLimit: false as const } }
  fastify.post('/webhooks/slack/interactions', unlimited, async (request, reply) => {
    const body = await verified(request, reply)
    if (body === null) return reply
    const now = clock.now()
    const interaction = parseInteraction(body, now)
    switch (interaction.kind) {
      case 'ask':
        ask(interaction)
        return reply.code(200).send()
      case 'refused':
        return reply.code(200).send({ response_action: 'errors', errors: interaction.errors })
      case 'nothing':
        log.debug({ reason: interaction.reason }, 'nothing to do')
        return reply.code(200).send()
      case 'press':
        try {
          await options.accept(interaction.press, now)
          return reply.code(200).send()
        } catch (error) {
          log.error({ err: error }, 'what was pressed in Slack could not be stored')
          reply.header('retry-after', '1')
          const detail = 'Nothing durable could be written; what was pressed does not count: press again.'
          return problem(reply, 503, 'STORE_UNAVAILABLE', 'The store cannot be reached: try again', detail)
        }
    }
  })

  fastify.post('/webhooks/slack/commands', unlimited, async (request, reply) => {
    const body = await verified(request, reply)
    if (body === null) return reply
    const said = (new URLSearchParams(body).get('text') ?? '').trim().toLowerCase()
    if (said !== '' && said !== 'list') return reply.code(200).send(HELP)
    try {
      return reply.code(200).send(listOpen(await options.openIncidents(), clock.now(), options.incidentUrl))
    } catch (error) {
      // Slack shows whoever asked nothing of an error.
      log.error({ err: error }, 'open incidents could not be listed for Slack')
      const text = 'The incidents cannot be read just now: try again in a moment.'
      return reply.code(200).send({ response_type: 'ephemeral', text })
    }
  })
}

/** RFC 9457. Says nothing that the request did not bring. */
function problem(reply: FastifyReply, status: number, code: ErrorCode, title: string, detail: string): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify({ type: `/docs#${code}`, title, status, detail, code, errors: [] }))
}
