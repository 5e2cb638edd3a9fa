import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Incident } from '../incidents/incident.ts'
import type { Clock } from '../platform/clock.ts'
import type { Policy } from '../route/escalation-table.ts'
import type { Signal } from '../signals/signal.ts'
import { text } from './payload-fields.ts'
import type { RefusalReason } from './refusal-watch.ts'
import { type Answer, answerFailure, answerRefusal, says } from './ui-answers.ts'
import { type CallingSource, callerOf, verifiedSources } from './ui-caller.ts'
import { readLinkCall, readSavedAction } from './ui-calls.ts'
import { incidentOptions, policyOptions } from './ui-options.ts'

/** What came of linking, or why there is nothing to show in Sentry's sidebar. */
export type LinkAnswer = { incident: string; project: string | null } | { refused: string }

export interface UiDoorOptions {
  /** From memory. */
  sources(): readonly CallingSource[]
  /** Of the rules in force. */
  policies(): readonly Pick<Policy, 'id' | 'name'>[]
  /** What is wrong with these settings, in words for whoever saves them; null: nothing. */
  checkChoice(settings: Readonly<Record<string, string>>): string | null
  openIncidents(source: string): Promise<Incident[]>
  link(signal: Signal, incident: string): Promise<LinkAnswer>
  create(signal: Signal, note: string | null): Promise<LinkAnswer>
  incidentUrl(id: string): string
  clock: Pick<Clock, 'now'>
  log: { error(details: object, message: string): void; info(details: object, message: string): void }
  /** 401, 413, 429 and broken-off bodies. */
  onRefused?(reason: RefusalReason): void
  /** Requests of one client address that may fail verification in a minute before the rest of its failures get 429. */
  refusalLimit?: number
}

export const UI_PATHS = {
  saved: '/webhooks/sentry/alert-rule-action',
  policies: '/webhooks/sentry/alert-rule-action/policies',
  link: '/webhooks/sentry/issue-link/link',
  create: '/webhooks/sentry/issue-link/create',
  incidents: '/webhooks/sentry/issue-link/incidents',
} as const

/** A form that people fill in is small. */
const BODY_LIMIT = 256 << 10
const REFUSAL_WINDOW_MS = 60_000
const MOST_NOTE = 500

const querySchema = z.object({ installationId: text, projectSlug: text, query: text })

/** What a handler is given once the signature holds: whose call it is, and its bytes. */
interface Verified {
  source: CallingSource
  body: Buffer
  query: z.output<typeof querySchema>
}

/**
 * Fastify plugin: what Sentry's UI components call, by sentry-integration-schema.json. Verifies the raw bytes before it
 * reads them. The signature of a GET is made over an empty body and is the same for ever, so that no GET changes anything
 * or answers more than names and titles. Register it as it is: its body parser and its limiter are this door's alone.
 */
export async function uiDoor(fastify: FastifyInstance, options: UiDoorOptions): Promise<void> {
  const { clock, log } = options
  await fastify.register(rateLimit, { global: false })
  const countRefusal = fastify.createRateLimit({ max: options.refusalLimit ?? 60, timeWindow: REFUSAL_WINDOW_MS })

  fastify.addHook('onRequest', async request => {
    request.headers['content-type'] = 'application/octet-stream'
  })
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) => {
    done(null, body)
  })
  fastify.setErrorHandler(async (error: Error & { code?: string; statusCode?: number }, request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return refuse(request, reply, 'too-large')
    if ((error.statusCode ?? 500) < 500) return refuse(request, reply, 'incomplete')
    log.error({ err: error, route: request.routeOptions.url }, "a call of Sentry's screens failed")
    return send(reply, answerFailure(error))
  })

  async function refuse(request: FastifyRequest, reply: FastifyReply, reason: RefusalReason): Promise<FastifyReply> {
    const limit = await countRefusal(request)
    const exceeded = !limit.isAllowed && limit.isExceeded
    const told = exceeded ? 'rate-limited' : reason
    options.onRefused?.(told)
    if (exceeded) reply.header('retry-after', String(Math.max(1, limit.ttlInSeconds)))
    return send(reply, answerRefusal(told))
  }

  /** The signature first; only then is anything read, the installation in the body included. */
  const verified =
    (installationOf: (body: Buffer) => string | null, handle: (call: Verified) => Promise<Answer> | Answer) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const signature = request.headers['sentry-app-signature']
      const trusted = verifiedSources(body, [signature], options.sources())
      const query = querySchema.parse(request.query)
      const source =
        trusted.length === 0
          ? null
          : callerOf(trusted, request.method === 'GET' ? query.installationId : installationOf(body))
      if (source === null) {
        const missing = signature === undefined || signature === ''
        return refuse(request, reply, missing ? 'signature-missing' : 'signature-invalid')
      }
      return send(reply, await handle({ source, body, query }))
    }

  const nothing = () => null
  const unlimited = { config: { rateLimit: false as const } }

  fastify.get(
    UI_PATHS.policies,
    unlimited,
    verified(nothing, ({ query }) => ({ status: 200, body: policyOptions(options.policies(), query.query ?? '') })),
  )

  fastify.post(
    UI_PATHS.saved,
    unlimited,
    verified(
      body => readSavedAction(body)?.installation ?? null,
      ({ body }) => {
        const settings = readSavedAction(body)?.settings ?? null
        if (settings === null)
          return says(400, 'The settings cannot be read: expected {"fields": [{"name", "value"}]}.')
        const problem = options.checkChoice(settings)
        return problem === null ? says(200, 'Saved.') : says(400, problem)
      },
    ),
  )

  fastify.get(
    UI_PATHS.incidents,
    unlimited,
    verified(nothing, async ({ source, query }) => {
      const open = await options.openIncidents(source.id)
      return { status: 200, body: incidentOptions(open, { query: query.query ?? '', project: query.projectSlug }) }
    }),
  )

  const linking = (action: 'link' | 'create') =>
    verified(
      body => readLinkCall(body)?.installation ?? null,
      async ({ source, body }) => {
        const call = readLinkCall(body)
        if (call === null || call.issue === null) return says(400, 'The call names no Sentry issue.')
        const signal = call.toSignal(source.id, action, clock.now())
        const incident = call.field('incident')
        if (action === 'link' && incident === null) return says(400, 'Choose an incident.')
        const answer =
          action === 'link' && incident !== null
            ? await options.link(signal, incident)
            : await options.create(signal, call.field('note')?.slice(0, MOST_NOTE).toWellFormed() ?? null)
        if ('refused' in answer) return says(400, answer.refused)
        log.info({ source: source.id, incident: answer.incident, issue: call.issue }, `${action} in Sentry's sidebar`)
        // Shown as `project#identifier` (Sentry's docs: ui-components/issue-link).
        const project = answer.project ?? source.id
        return {
          status: 200,
          body: { webUrl: options.incidentUrl(answer.incident), project, identifier: answer.incident },
        }
      },
    )
  fastify.post(UI_PATHS.link, unlimited, linking('link'))
  fastify.post(UI_PATHS.create, unlimited, linking('create'))
}

function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  return reply.code(status).header('content-type', `${type}; charset=utf-8`).send(JSON.stringify(body))
}
