import t from 'tap'
import { alertNow, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test(
  'P3 → P1 → P0 makes a backlog entry, then one post, then one page; the post is edited, the entry closed',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    numbers(world, 0)
    const first = await world.tell('event_alert', alertNow(world, { environment: 'staging' }))
    t.match(first, { outcome: 'opened', severity: 'P3' })
    await until(async () => (await world.api('GET', '/backlog')).body.items.length === 1)

    numbers(world, 320)
    world.clock.wind(MINUTE)
    t.match(await world.tell('event_alert', alertNow(world)), { outcome: 'raised', severity: 'P1' })
    await until(() => world.slack.posts.length === 1)
    await until(async () => (await world.api('GET', '/backlog')).body.items[0].status === 'closed')

    world.clock.wind(MINUTE)
    t.match(await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } })), {
      outcome: 'raised',
      severity: 'P0',
    })
    await until(() => world.pagerduty.openAlerts().length === 1)
    await until(() => (world.slack.posts[0]?.edits.length ?? 0) > 0)
    t.equal(world.slack.posts.length, 1)
    t.match(JSON.stringify(world.slack.posts[0]?.blocks), /P0/)
    t.notMatch(JSON.stringify(world.slack.posts[0]?.blocks), /subteam/, 'an edit mentions nobody')

    world.clock.wind(MINUTE)
    t.match(await world.tell('issue', lifecycle(world, 'resolved', { status: 'resolved' })), { outcome: 'resolved' })
    await until(() => world.pagerduty.openAlerts().length === 0)
    await until(() => /resolved/i.test(JSON.stringify(world.slack.posts[0]?.blocks)))
    t.equal(world.pagerduty.alerts.length, 1)
  },
)
