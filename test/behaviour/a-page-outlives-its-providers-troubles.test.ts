import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import type { Fault } from '../../src/sandbox/stand-in-fault.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

const dataLoss = (now: number, issue: string) =>
  eventAlert(
    eventPayload({ now, issue, project: 'payments-api', transaction: 'order.persist', tags: { data_loss: 'true' } }),
    'Data loss',
  )
const handled = (now: number, issue: string) =>
  eventAlert(eventPayload({ now, issue, project: 'web-shop', transaction: '/stores', handled: true }), 'Errors')

const TROUBLES: [name: string, fault: Fault][] = [
  ['500', { kind: 'status', status: 500 }],
  ['429 without a body', { kind: 'status', status: 429, body: null }],
  ['hanging', { kind: 'hang' }],
  ['resetting', { kind: 'reset' }],
  ['accepting, then resetting', { kind: 'accept-then-reset' }],
]

for (const [name, fault] of TROUBLES) {
  t.test(
    `PagerDuty ${name} for a while: the page arrives afterwards, one open alert; others are not delayed`,
    async t => {
      const world = await startWorld()
      t.teardown(world.stop)
      const now = world.clock.now()
      world.sentry.world.issues['7100000002'] = {
        users: 12,
        events: 30,
        project: 'web-shop',
        firstSeen: now - 60_000,
        substatus: 'new',
      }
      world.pagerduty.fail(fault)
      await world.tell('event_alert', dataLoss(now, '7100000001'))
      await world.tell('event_alert', handled(now, '7100000002'))
      await until(() => world.slack.posts.some(post => post.channelName === 'alerts-production'))
      await until(() => world.pagerduty.requests.length > 0)

      world.pagerduty.heal()
      await until(async () => {
        // A hanging request takes seconds of real time: not so far that the escalation would begin again meanwhile.
        await world.wind(3_000)
        const [incident] = (await world.incidents()).filter(one => one.issue === '7100000001')
        const page = (await world.notifications(incident?.id ?? '')).find(one => one.destination === 'pagerduty-oncall')
        return page?.status === 'sent'
      }, 30_000)
      t.equal(world.pagerduty.openAlerts().length, 1)
      t.equal(world.pagerduty.alerts.length, 1)
    },
  )
}

t.test('a failing page is also told to its fallback, once, after a minute; it is tried on', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.pagerduty.fail({ kind: 'status', status: 500 })
  await world.tell('event_alert', dataLoss(world.clock.now(), '7100000003'))
  await until(() => world.pagerduty.requests.length > 0)
  await until(async () => {
    await world.wind(61_000)
    return world.slack.posts.length > 0
  }, 30_000)
  await world.wind(61_000)
  await world.wind(61_000)
  t.match(world.slack.posts, [{ channelName: 'incidents' }])
  t.equal(world.slack.posts.length, 1, 'once')
  world.pagerduty.heal()
  await until(async () => {
    await world.wind(61_000)
    return world.pagerduty.openAlerts().length === 1
  }, 30_000)
})

t.test('a permanent refusal is a dead letter with its reason, told to the fallback, and can be sent again', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.pagerduty.fail({ kind: 'status', status: 400 })
  const told = await world.tell('event_alert', dataLoss(world.clock.now(), '7100000004'))
  await until(() => world.slack.posts.length === 1)
  const dead = (await world.api('GET', '/notifications?status=dead')).body.items
  t.match(dead, [{ destination: 'pagerduty-oncall', status: 'dead', error: { message: /./ }, attempts: 1 }])
  world.pagerduty.heal()
  const clicks = [1, 2, 3, 4, 5, 6].map(() => world.api('POST', `/notifications/${dead[0].id}/retry`))
  const answers = (await Promise.all(clicks)).map(answer => answer.status).sort()
  t.same(answers, [202, 409, 409, 409, 409, 409], 'six clicks send it again once')
  await until(() => world.pagerduty.openAlerts().length === 1)
  t.match(
    (await world.timeline(told.incident ?? '')).map(entry => entry.what),
    ['opened', 'delivery-failed'],
  )
})
