import t from 'tap'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test(
  'a workaround caps at P2 at once and for what follows; a severity with a reason is left by the machine',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    numbers(world, 320)
    const { incident } = await world.tell('event_alert', alertNow(world))
    const id = incident ?? ''
    t.match(await world.incident(id), { severity: 'P1' })
    const post = (name: string, body?: unknown) => {
      world.clock.wind(5_000)
      return world.api('POST', `/incidents/${id}/${name}`, body)
    }

    t.match((await post('workaround', { text: 'pay by card' })).body, { incident: { severity: 'P2' }, action: 'lower' })
    await world.tell('event_alert', alertNow(world))
    t.match(await world.incident(id), { severity: 'P2' }, 'the cap holds for what comes after')
    t.match((await post('workaround', { text: null })).body, { changed: true })
    await world.wind(MINUTE)
    await until(async () => (await world.incident(id)).severity === 'P1')

    const lowered = await post('severity', { severity: 'P3', reason: 'the old app only' })
    t.match(lowered.body, {
      reason: /P1 → P3 by admin \(api\): the old app only/,
      incident: { pinned: { users: 320 } },
    })
    await world.tell('event_alert', alertNow(world))
    t.match(await world.incident(id), { severity: 'P3' }, 'the machine leaves it')
    world.clock.wind(2 * MINUTE)
    numbers(world, 700)
    await world.tell('event_alert', alertNow(world))
    t.match(await world.incident(id), { severity: 'P1', pinned: null }, 'until it hurts twice as many')
  },
)
