import t from 'tap'
import { errorCreated, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { alertNow, ISSUE, lifecycle, MINUTE } from '../support/one-issue.ts'
import { editRules, silence } from '../support/silencing.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const GOLD =
  'tag("plan") == "gold" && users_per_hour >= 3 && (known(baseline_users) ? users_per_hour > 2 * baseline_users : is_new)'

const goldRule = (more: object = {}) => ({
  ...{ id: 'gold', name: 'Gold customers are hurt', about: 'issue', severity: 'P0', when: { cel: GOLD } },
  ...more,
})

/** With these rules before all others. */
async function judgeBy(world: World, ...rules: object[]): Promise<void> {
  const { body } = await world.api('GET', '/rules')
  await editRules(world, { severityRules: [...rules, ...body.document.severityRules] })
}

function usersOf(world: World, users: number): void {
  const firstSeen = world.clock.now() - 5 * MINUTE
  const recent = { recentUsers: users, recentEvents: users }
  world.sentry.world.issues[ISSUE] = {
    users,
    events: users,
    ...recent,
    project: 'web-shop',
    firstSeen,
    substatus: 'new',
  }
}

t.test('error events alone are measured when a field changes that only an expression names', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await judgeBy(world, goldRule())
  usersOf(world, 4)
  const outcomes: string[] = []
  for (let n = 0; n < 4; n++) {
    const about = { issue: ISSUE, project: 'web-shop', user: { id: `u${n}` }, tags: { plan: 'gold' } }
    const event = eventPayload({ now: world.clock.now() + n, ...about })
    outcomes.push((await world.tell('error', errorCreated(event))).outcome)
  }
  t.same(outcomes.slice(0, 2), ['counted', 'counted'])
  t.ok(outcomes.includes('opened'), outcomes.join())
  await until(() => world.pagerduty.openAlerts().length === 1)
})

t.test('a cap by an expression holds down what it matches', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const cap = {
    id: 'bots',
    name: 'Only bots',
    effect: 'cap',
    severity: 'P3',
    when: { cel: 're2(transaction, "^BOT ")' },
  }
  await judgeBy(world, goldRule(cap), goldRule())
  usersOf(world, 40)
  const about = { tags: { plan: 'gold' }, transaction: 'BOT /crawl' }
  t.match(await world.tell('event_alert', alertNow(world, about)), { severity: 'P3' }, 'held down')
  t.match(await world.tell('event_alert', alertNow(world, { ...about, transaction: 'GET /' })), { severity: 'P0' })
  await until(() => world.pagerduty.openAlerts().length === 1)
})

t.test('a silence by an expression hides what it matches and nothing else', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await silence(world, {
    matchers: { cel: 'project.startsWith("web-") && tag("plan") == tag("paid_plan")' },
    confirm: true,
  })
  usersOf(world, 320)
  const { incident } = await world.tell('event_alert', alertNow(world))
  t.equal((await world.incident(incident ?? '')).silenced, null, 'two tags that nobody set are not alike')
  await world.tell('issue', lifecycle(world, 'resolved'))
  await silence(world, { matchers: { cel: 'project.startsWith("web-") && !known(tag("plan"))' }, confirm: true })
  await world.wind(30 * MINUTE)
  usersOf(world, 320)
  await world.tell('event_alert', alertNow(world))
  t.ok((await world.incident(incident ?? '')).silenced)
})
