import t from 'tap'
import { MINUTE } from '../support/one-issue.ts'
import { startWorld, type World } from '../support/world.ts'

function sessions(world: World, healthy: number, crashed: number): void {
  world.sentry.world.projects['web-shop'] = {
    sessions: [{ healthy, crashed, release: 'shop@2.4.1' }],
    releases: ['shop@2.4.1'],
    unhandled: Array.from({ length: 15 }, () => 20),
  }
}

async function pass(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await world.wind(MINUTE)
    await world.service().settled()
  }
}

for (const minutes of [-30, -4, 4, 30]) {
  const where = `${Math.abs(minutes)} minutes ${minutes > 0 ? 'ahead of' : 'behind'} ours`
  t.test(`with Sentry's clock ${where} it pages, ends and pages again, each within two minutes`, async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    world.sentry.world.clockSkewMs = minutes * MINUTE
    await pass(world, 4)
    sessions(world, 900, 100)
    await pass(world, 2)
    t.equal(world.pagerduty.openAlerts().length, 1)
    sessions(world, 990, 10)
    await pass(world, 2)
    t.equal(world.pagerduty.openAlerts().length, 0)
    await pass(world, 1)
    sessions(world, 800, 200)
    await pass(world, 2)
    t.equal(world.pagerduty.openAlerts().length, 1)
  })
}
