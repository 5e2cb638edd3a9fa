import { alertNow, numbers } from './one-issue.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/** Data loss: a P0 on one event, paged. Its incident's id. */
export async function pagedIncident(world: World): Promise<string> {
  numbers(world, 9)
  const { incident } = await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } }))
  await until(() => world.pagerduty.openAlerts().length === 1)
  return incident ?? ''
}
