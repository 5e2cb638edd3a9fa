import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

const handled = (now: number, issue: string) =>
  eventAlert(eventPayload({ now, issue, project: 'web-shop', transaction: '/stores', handled: true }), 'Errors')

t.test(
  'Slack says 429 with Retry-After 30: nothing more is asked of the channel within it, all of it arrives after',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    const now = world.clock.now()
    const issues = ['7100000002', '7100000003', '7100000004']
    for (const issue of issues)
      world.sentry.world.issues[issue] = {
        users: 12,
        events: 30,
        project: 'web-shop',
        firstSeen: now - 60_000,
        substatus: 'new',
      }
    world.slack.fail({
      kind: 'status',
      status: 429,
      headers: { 'retry-after': '30' },
      body: '{"ok":false,"error":"ratelimited"}',
    })
    await world.tell('event_alert', handled(now, issues[0] ?? ''))
    await until(() => world.slack.requests.length === 1)
    // Its answer settles.
    await sleep(300)
    for (const issue of issues.slice(1)) {
      await world.wind(5_000)
      await world.tell('event_alert', handled(now, issue))
      await sleep(300)
    }
    t.equal(world.slack.requests.length, 1, 'nothing is asked within the 30 s')

    world.slack.heal()
    await until(async () => {
      await world.wind(15_000)
      return world.slack.posts.length === 3
    }, 30_000)
    t.equal(world.slack.posts.length, 3)
  },
)

t.test(
  'PagerDuty asks for ten minutes: a page that comes meanwhile is told to its fallback, and paged afterwards',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    const dataLoss = (issue: string) =>
      eventAlert(
        eventPayload({
          now: world.clock.now(),
          issue,
          project: 'payments-api',
          transaction: 'order.persist',
          tags: { data_loss: 'true' },
        }),
        'Data loss',
      )
    world.pagerduty.fail({ kind: 'status', status: 429, headers: { 'retry-after': '600' } })
    await world.tell('event_alert', dataLoss('7100000001'))
    await until(() => world.slack.posts.length === 1)
    await world.wind(5_000)
    await world.tell('event_alert', dataLoss('7100000002'))
    await until(async () => {
      await world.wind(2_000)
      return world.slack.posts.length === 2
    }, 20_000)
    t.equal(world.pagerduty.requests.length, 1)
    world.pagerduty.heal()
    await until(async () => {
      await world.wind(61_000)
      return world.pagerduty.openAlerts().length === 2
    }, 30_000)
    t.equal(world.pagerduty.alerts.length, 2)
  },
)
