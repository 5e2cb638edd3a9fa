import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { CRASH_FREE_SESSIONS, metricAlert } from '../../src/sandbox/samples/metric-alert-payload.ts'
import { alertNow, ISSUE, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { optionsOf, submit } from '../support/ui-call.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

type Settings = Record<string, string>
const listed = (settings: Settings) => Object.entries(settings).map(([name, value]) => ({ name, value }))

function chosenAlert(
  world: World,
  settings: Settings,
  about: Partial<Parameters<typeof eventPayload>[0]> = {},
): object {
  const event = eventPayload({ now: world.clock.now(), issue: ISSUE, project: 'web-shop', ...about })
  return eventAlert(event, 'Checkout', listed(settings))
}

t.test('a policy and a floor chosen in Sentry are offered, saved, and decide who is told', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const offered = await optionsOf(world, 'alert-rule-action/policies')
  t.match(offered[0], { value: '(routes)', default: true })
  t.ok(offered.some((option: { value: string }) => option.value === 'p0'))
  const saved = [
    { name: 'policy', value: 'p0' },
    { name: 'severity_floor', value: 'P1' },
  ]
  t.match(await submit(world, 'alert-rule-action', { fields: saved }), { status: 200 })
  t.match(
    await submit(world, 'alert-rule-action', { fields: [{ name: 'policy', value: 'p00' }] }),
    { status: 400, body: { message: /no policy "p00".*Did you mean "p0"/ } },
    'what cannot be followed is not saved, and says so',
  )

  numbers(world, 4)
  const { incident } = await world.tell('event_alert', chosenAlert(world, { policy: 'p0', severity_floor: 'P1' }))
  await until(() => world.pagerduty.openAlerts().length === 1)
  const opened = await world.incident(incident ?? '')
  t.match(opened, {
    severity: 'P1',
    escalations: [{ route: 'chosen-in-sentry', policy: 'p0' }],
    verdict: { measured: 'P2', reason: /^P1 by the floor chosen in Sentry's alert rule "Checkout"; measured P2: / },
  })
  const entries = await world.timeline(incident ?? '')
  t.ok(entries.some(({ what, reason }) => what === 'chosen' && /policy p0, at least P1/.test(reason)))
})

t.test('it is kept: measured again, and told without settings, the incident stays within the choice', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 4)
  const { incident } = await world.tell(
    'event_alert',
    chosenAlert(world, { policy: '(routes)', severity_ceiling: 'P2' }),
  )
  numbers(world, 800)
  await world.wind(MINUTE)
  await world.tell('event_alert', alertNow(world))
  await world.wind(10 * MINUTE)
  t.match(await world.incident(incident ?? ''), { severity: 'P2', chosen: { ceiling: 'P2', rule: 'Checkout' } })
  t.equal(world.slack.posts.filter(post => post.channelName === 'incidents').length, 0)
  world.clock.wind(MINUTE)
  await world.tell('event_alert', chosenAlert(world, { policy: '(routes)' }))
  t.match(await world.incident(incident ?? ''), { severity: 'P1' }, 'the newest choice counts: the ceiling is gone')
})

t.test('whichever of issue.created and the alert is first, the chosen policy is followed', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 4)
  await world.tell('issue', lifecycle(world, 'created'))
  world.clock.wind(1_000)
  const { incident } = await world.tell('event_alert', chosenAlert(world, { policy: 'p0' }))
  await until(() => world.pagerduty.openAlerts().length === 1)
  t.match(await world.incident(incident ?? ''), { severity: 'P2', escalations: [{ policy: 'p0' }] })

  world.clock.wind(30 * MINUTE)
  await world.tell('event_alert', chosenAlert(world, { policy: 'p3' }))
  t.match(await world.incident(incident ?? ''), { escalations: [{ policy: 'p0' }] }, 'later, nothing is routed anew')
  const entries = await world.timeline(incident ?? '')
  t.ok(entries.some(({ reason }) => /policy p3; who is told stays as it is until the incident is raised/.test(reason)))
})

t.test('a policy that is gone, and settings nobody can read, change nothing but the timeline', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 4)
  const odd = { policy: 'gone-team', severity_floor: 'urgent', colour: 'red' }
  const { incident } = await world.tell('event_alert', chosenAlert(world, odd))
  t.match(await world.incident(incident ?? ''), { severity: 'P2', escalations: [{ route: 'p2', policy: 'p2' }] })
  const words = (await world.timeline(incident ?? '')).map(({ reason }) => reason).join('\n')
  t.match(words, /policy gone-team, chosen in Sentry's alert rule "Checkout", is not in the rules any more/)
  t.match(words, /severity_floor is "urgent"/)
  t.match(words, /"colour" is no setting/)
})

const crashFree = (world: World, percent: string, settings: Settings) =>
  metricAlert({
    now: world.clock.now(),
    action: 'critical',
    rule: '501',
    name: 'Crash-free app',
    aggregate: CRASH_FREE_SESSIONS,
    window: 60,
    said: `${percent}% sessions crash free rate`,
    direction: 'below',
    critical: 95,
    project: 'mobile-app',
    settings: listed(settings),
  })

t.test('a ceiling hides neither data loss nor a falling crash-free rate', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const ceiling = { policy: '(routes)', severity_ceiling: 'P3', ceiling_holds_for: 'most' }
  const told = await world.tell('metric_alert', crashFree(world, '80.0', ceiling))
  t.match(told, { outcome: 'opened', severity: 'P0' })
  t.match(await world.incident(told.incident ?? ''), { verdict: { reason: /ceiling P3 .* does not say/ } })
  const lost = await world.tell('event_alert', chosenAlert(world, ceiling, { tags: { data_loss: 'true' } }))
  t.match(lost, { outcome: 'opened', severity: 'P0' })
  await until(() => world.pagerduty.openAlerts().length === 2)
})

t.test('a ceiling that says it holds for everything does', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const all = { policy: '(routes)', severity_ceiling: 'P2', ceiling_holds_for: 'everything' }
  const told = await world.tell('metric_alert', crashFree(world, '80.0', all))
  t.match(told, { outcome: 'opened', severity: 'P2' })
  const lost = await world.tell('event_alert', chosenAlert(world, all, { tags: { data_loss: 'true' } }))
  t.match(lost, { outcome: 'opened', severity: 'P2' })
  await until(() => world.slack.posts.filter(post => post.channelName === 'alerts-production').length === 2)
  t.equal(world.pagerduty.openAlerts().length, 0)
})

t.test('a floor does not make a problem of staging one of production', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const told = await world.tell(
    'event_alert',
    chosenAlert(world, { policy: '(routes)', severity_floor: 'P0' }, { environment: 'staging' }),
  )
  t.match(told, { outcome: 'opened', severity: 'P3' })
})
