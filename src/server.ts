import { randomUUID } from 'node:crypto'
import { type FastifyInstance, fastify } from 'fastify'
import { doors } from './api/doors.ts'
import { openRoutes } from './api/open-routes.ts'
import { createProblemAnswer } from './api/problem.ts'
import { type ApiOptions, registerApi } from './api/register-api.ts'
import { createUnknownRoute } from './api/unknown-route.ts'
import { answerUnreadable } from './api/unreadable-request.ts'
import { incidentPage } from './console/incident-page.ts'
import { type PagerdutyDoorOptions, pagerdutyDoor } from './pagerduty/webhook-door.ts'
import type { SandboxPageOptions } from './sandbox/sandbox-page.ts'
import { sandboxPage } from './sandbox/sandbox-page.ts'
import { type UiDoorOptions, uiDoor } from './sentry/ui-door.ts'
import { type WebhookDoorOptions, webhookDoor } from './sentry/webhook-door.ts'
import { type SlackDoorOptions, slackDoor } from './slack/interactions-door.ts'

export interface ServerDeps {
  door: WebhookDoorOptions
  /** What Sentry's own screens call. */
  ui: UiDoorOptions
  /** Null without a signing secret: then nothing that is pressed in Slack reaches us, and its doors do not exist. */
  slack: SlackDoorOptions | null
  /** Null without a webhook secret: then PagerDuty's door does not exist. */
  pagerduty: PagerdutyDoorOptions | null
  api: ApiOptions
  /** Null outside the sandbox: then its page does not exist. */
  sandbox: SandboxPageOptions | null
  trustProxy: readonly string[] | null
  /** Called with every answered request. */
  onAnswered(route: string, status: number, seconds: number): void
}

const KNOWN = [
  ...doors.map(door => ({ method: door.method, url: door.path })),
  ...openRoutes.map(route => ({ method: 'GET' as const, url: route.path })),
]

/** Every door, registered in order. Does not listen. */
export async function buildServer(deps: ServerDeps): Promise<FastifyInstance> {
  const server = fastify({
    logger: false,
    trustProxy: deps.trustProxy === null ? false : [...deps.trustProxy],
    // Sentry gives up after a second and never retries: what takes longer to arrive than this is no webhook.
    requestTimeout: 30_000,
    // In the log and in the audit trail: it must mean one request, whichever process it came to.
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    // A malformed % escape never gets as far as the error handler.
    frameworkErrors: createProblemAnswer(deps.api.log),
    clientErrorHandler: answerUnreadable,
    return503OnClosing: true,
  })
  server.addHook('onResponse', async (request, reply) => {
    deps.onAnswered(request.routeOptions.url ?? 'unknown', reply.statusCode, reply.elapsedTime / 1000)
  })
  let closing = false
  server.addHook('preClose', async () => {
    closing = true
  })
  // An answer that was waited for is the last on its connection: kept alive, that would keep the server from closing.
  server.addHook('onSend', async (_request, reply, payload) => {
    if (closing) reply.header('connection', 'close')
    return payload
  })
  server.setErrorHandler(createProblemAnswer(deps.api.log))
  // A door without its secret is not there, by whatever method.
  const shut = [
    ...(deps.slack === null ? ['/webhooks/slack/'] : []),
    ...(deps.pagerduty === null ? ['/webhooks/pagerduty'] : []),
  ]
  server.setNotFoundHandler(createUnknownRoute(KNOWN.filter(({ url }) => !shut.some(path => url.startsWith(path)))))
  await server.register(webhookDoor, deps.door)
  await server.register(uiDoor, deps.ui)
  if (deps.slack !== null) await server.register(slackDoor, deps.slack)
  if (deps.pagerduty !== null) await server.register(pagerdutyDoor, deps.pagerduty)
  await server.register(registerApi, deps.api)
  await server.register(incidentPage, { sandbox: deps.sandbox !== null })
  if (deps.sandbox !== null) await server.register(sandboxPage, deps.sandbox)
  return server
}
