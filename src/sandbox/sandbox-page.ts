import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Clock, systemClock } from '../platform/clock.ts'
import type { PagerdutyStandIn } from './pagerduty-stand-in.ts'
import type { Sample } from './samples/sample.ts'
import { liveParts, sandboxHtml, wrapLive } from './sandbox-html.ts'
import { readState, type SandboxOperations, stateJson, summaryOf } from './sandbox-state.ts'
import { type SentSample, sendSample } from './send-sample.ts'
import { createSlackPerson, type SlackPerson } from './slack-person.ts'
import type { SlackStandIn, StandInPost } from './slack-stand-in.ts'
import { windowPages } from './window-page.ts'

export interface SandboxPageOptions {
  /** null: the real one is used. */
  pagerduty: PagerdutyStandIn | null
  slack: SlackStandIn | null
  /** Signs the samples. */
  clientSecret: string
  /** Signs what is pressed in the stand-in for Slack; absent: nothing can be. */
  slackSigningSecret?: string | null
  /** Where this service listens. */
  ownUrl(): string
  samples: Readonly<Record<string, Sample>>
  /** Handed to the reader's browser on the way to an incident's page, so that nobody has to look it up for a first try. */
  adminApiKey: string
  operations: SandboxOperations
  clock?: Clock
}

const MOST_SENT = 20
const AT_PAGERDUTY = ['acknowledge', 'resolve', 'reopen'] as const
/** Whoever looks at the page, as PagerDuty knows them. */
const ON_CALL = { id: 'PYOU001', type: 'user_reference', summary: 'you' }
const STYLE = readFileSync(join(import.meta.dirname, 'sandbox-page.css'), 'utf8')
const SCRIPT = readFileSync(join(import.meta.dirname, 'sandbox-page-script.js'), 'utf8')

/** The sandbox in a browser: what arrived at the stand-ins, and a button for every sample. */
export async function sandboxPage(fastify: FastifyInstance, options: SandboxPageOptions): Promise<void> {
  const clock = options.clock ?? systemClock
  const sent: SentSample[] = []

  async function look() {
    const state = await readState({ ...options, sent: sent.toReversed() })
    const parts = liveParts(state, options.ownUrl())
    const version = createHash('sha256').update(parts.markup).digest('base64url').slice(0, 16)
    const summary = summaryOf(state)
    return { state, live: wrapLive(parts, version, summary), version, summary }
  }

  // A form without fields still names a content type, which Fastify would otherwise refuse.
  fastify.addContentTypeParser('*', { parseAs: 'string', bodyLimit: 16_384 }, (_request, body, done) =>
    done(null, body),
  )
  fastify.addHook('onRequest', async (_request, reply) => {
    // `same-origin`, not `no-referrer`: with that a browser sends forms with `Origin: null`.
    reply.headers({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
    })
  })

  fastify.get('/', async (_request, reply) => reply.redirect('/sandbox', 302))

  fastify.get('/sandbox', async (_request, reply) => {
    const { live, summary } = await look()
    const nonce = randomBytes(16).toString('base64')
    const about = { live, summary, samples: options.samples, ownUrl: options.ownUrl() }
    return sendHtml(reply, policy(nonce), sandboxHtml({ ...about, nonce, style: STYLE, script: SCRIPT }))
  })

  // Without the style sheet, which a parser would try to apply against the policy of the page that asks.
  fastify.get('/sandbox/live', async (_request, reply) => {
    const { live } = await look()
    return sendHtml(reply, "default-src 'none'; frame-ancestors 'none'", live.markup)
  })

  fastify.get('/sandbox/state', async () => {
    const { state, version } = await look()
    return { version, ...stateJson(state) }
  })

  fastify.post<{ Params: { name: string } }>('/sandbox/send/:name', async (request, reply) => {
    if (!isSameOrigin(request)) return refuse(reply, 403, 'samples are sent from the sandbox page itself')
    const { name } = request.params
    const sample = Object.hasOwn(options.samples, name) ? options.samples[name] : undefined
    if (sample === undefined) return refuse(reply, 404, `there is no sample of that name: /sandbox has them all`)
    const { clientSecret } = options
    const result = await sendSample(name, sample, { url: options.ownUrl(), clientSecret, clock })
    sent.push(result)
    if (sent.length > MOST_SENT) sent.shift()
    return request.headers.accept === 'application/json' ? result : reply.redirect('/sandbox', 303)
  })

  /** Does at the stand-in for PagerDuty what whoever looks at the page asks; its webhook tells the service. */
  fastify.post<{ Params: { alert: string; action: string } }>(
    '/sandbox/pagerduty/:alert/:action',
    async (request, reply) => {
      if (!isSameOrigin(request)) return refuse(reply, 403, 'buttons are pressed on the sandbox page itself')
      const { alert, action } = request.params
      const incidents = options.pagerduty?.incidents
      const holding = incidents?.all.find(one => one.alerts.some(({ id }) => id === alert))
      const acts = AT_PAGERDUTY.filter(one => one === action)
      if (incidents === undefined || holding === undefined || acts.length === 0)
        return refuse(reply, 404, 'there is no such button')
      for (const act of acts) incidents[act](holding.id, ON_CALL)
      await options.pagerduty?.webhooks.idle()
      return request.headers.accept === 'application/json' ? { error: null } : reply.redirect('/sandbox', 303)
    },
  )

  /** Presses a button in the stand-in for Slack, as whoever looks at the page. */
  fastify.post<{ Params: { channel: string; ts: string; action: string } }>(
    '/sandbox/press/:channel/:ts/:action',
    async (request, reply) => {
      if (!isSameOrigin(request)) return refuse(reply, 403, 'buttons are pressed on the sandbox page itself')
      const { slack, slackSigningSecret: signingSecret } = options
      const { channel, ts, action } = request.params
      const post = slack?.posts.find(one => one.channel === channel && one.ts === ts)
      if (slack === null || !signingSecret || post === undefined) return refuse(reply, 404, 'there is no such button')
      const before = slack.windows.length
      const { status } = await personAt(slack, signingSecret).press(post, action)
      const opened = status === 200 && asksFirst(post, action) ? await windowAfter(slack, before) : null
      if (opened !== null) return reply.redirect(`/sandbox/windows/${encodeURIComponent(opened)}`, 303)
      if (request.headers.accept !== 'application/json') return reply.redirect('/sandbox', 303)
      return { error: status === 200 ? null : `answered ${status}` }
    },
  )

  const { slack, slackSigningSecret } = options
  if (slack !== null && slackSigningSecret)
    windowPages(fastify, {
      slack,
      person: personAt(slack, slackSigningSecret),
      isAllowed: isSameOrigin,
      send: (reply, markup) => sendHtml(reply, policy(randomBytes(16).toString('base64')), markup),
    })

  /** Whoever looks at the page, as Slack knows them. */
  function personAt(slack: SlackStandIn, signingSecret: string): SlackPerson {
    const user = { id: 'U0SANDBOX', name: 'you' }
    return createSlackPerson({ slack, url: options.ownUrl, signingSecret, clock, user })
  }

  // The key travels in the fragment, which no server and no log sees, and only to a browser on this machine.
  fastify.get<{ Params: { id: string } }>('/sandbox/open/:id', async (request, reply) => {
    const page = `/incidents/${encodeURIComponent(request.params.id)}`
    const trusted = isSameOrigin(request) && isNoBorrowedName(request.hostname) && isLoopback(request.ip)
    return reply.redirect(trusted ? `${page}#key=${encodeURIComponent(options.adminApiKey)}` : page, 302)
  })
}

/** Slack's sign for what opens a window. */
function asksFirst({ blocks }: StandInPost, action: string): boolean {
  const all = blocks as { elements?: { action_id?: string; text?: { text?: string } }[] }[]
  const button = all.flatMap(({ elements = [] }) => elements).find(({ action_id }) => action_id === action)
  return button?.text?.text?.endsWith('…') === true
}

/** The service opens it a moment after the press was answered; null: it did not. */
async function windowAfter(slack: SlackStandIn, before: number): Promise<string | null> {
  for (let look = 0; look < 60 && slack.windows.length <= before; look += 1) await sleep(50)
  return slack.windows.length > before ? (slack.windows.at(-1)?.id ?? null) : null
}

function sendHtml(reply: FastifyReply, policy: string, markup: string): FastifyReply {
  reply.headers({ 'content-security-policy': policy, 'x-frame-options': 'DENY' })
  return reply.type('text/html; charset=utf-8').send(markup)
}

function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Sec-Fetch-Site where the browser says it (not over plain http to other machines), else Origin; neither: no browser. */
function isSameOrigin(request: FastifyRequest): boolean {
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin === undefined || URL.parse(origin)?.host === request.host
}

/** Under a name that someone else's DNS may point here, every page of theirs is of the same origin (DNS rebinding). */
function isNoBorrowedName(hostname: string): boolean {
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
}

function isLoopback(ip: string): boolean {
  return /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/.test(ip)
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${message}\n`)
}
