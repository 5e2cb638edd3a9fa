import type { StandInIncident } from '../../src/sandbox/pagerduty-incidents.ts'
import { alertNow, numbers } from './one-issue.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

export const WEBHOOK_SECRET = 'a-webhook-secret-of-the-tests-01'

/** A world whose PagerDuty tells back what people do there. `token`: and may be asked. */
export async function startTwoWays(options: { token?: boolean } = {}): Promise<World> {
  const world = await startWorld({
    env: {
      PAGERDUTY_WEBHOOK_SECRET: `an-older-secret-of-the-tests-0001,${WEBHOOK_SECRET}`,
      ...(options.token === true
        ? { PAGERDUTY_API_TOKEN: 'u+pagerduty-api-token', PAGERDUTY_FROM: 'tocsin@example.com' }
        : {}),
    },
  })
  world.pagerduty.webhooks.subscribe({ url: `${world.url()}/webhooks/pagerduty`, secrets: [WEBHOOK_SECRET] })
  return world
}

/** Opens a P0 (data was lost); its id. */
export async function openP0(world: World): Promise<string> {
  numbers(world, 9)
  const { incident } = await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } }))
  return incident ?? ''
}

/** One P0 incident that PagerDuty was paged for, and PagerDuty's own of it. */
export async function paged(world: World): Promise<{ id: string; there: StandInIncident }> {
  const id = await openP0(world)
  await until(() => world.pagerduty.openAlerts().length === 1)
  const [alert] = world.pagerduty.openAlerts()
  await settled(world)
  return { id, there: world.pagerduty.incidents.of(alert?.dedupKey ?? '') }
}

/** Every webhook that PagerDuty posts has been answered, and what came of it has left. */
export async function settled(world: World): Promise<void> {
  await world.pagerduty.webhooks.idle()
  await world.service().settled()
}

/** How often PagerDuty was told to trigger. */
export function triggers(world: World): number {
  return world.pagerduty.requests.filter(({ body }) => (body as { event_action?: string }).event_action === 'trigger')
    .length
}
