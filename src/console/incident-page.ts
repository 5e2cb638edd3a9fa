import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { incidentHtml } from './incident-html.ts'

export interface IncidentPageOptions {
  /** In the sandbox the key may come in the address' fragment, which no server sees: nobody has to look it up there. */
  sandbox: boolean
}

/**
 * Where PagerDuty's and Slack's links lead: one incident, for people. The page holds no data and answers the same to
 * everybody; its script asks the REST API with the key that the person types in.
 */
export async function incidentPage(fastify: FastifyInstance, options: IncidentPageOptions): Promise<void> {
  fastify.get('/incidents/:id', async (_request, reply) => {
    const nonce = randomBytes(16).toString('base64')
    return reply
      .type('text/html; charset=utf-8')
      .headers({
        'cache-control': 'no-store',
        'content-security-policy': policy(nonce),
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      })
      .send(incidentHtml({ nonce, sandbox: options.sandbox }))
  })
}

/** Nothing runs, loads or posts but what the page itself brought; trusted types make innerHTML an error. */
function policy(nonce: string): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}
