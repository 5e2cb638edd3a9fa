import t, { type Test } from 'tap'
import { errorCreated, eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { issuePayload, issueWebhook } from '../../src/sandbox/samples/issue-payload.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const ISSUE = '7700000001'

/** A core flow fails for six people: Sentry tells it by three resources, each delivered five times, in any order. */
async function tellEverythingFiveTimes(world: World): Promise<void> {
  const now = world.clock.now()
  const about = {
    issue: ISSUE,
    project: 'payments-api',
    transaction: 'POST /checkout/pay',
    errorClass: 'PaymentProcessingError',
  }
  const events = Array.from({ length: 6 }, (_, n) =>
    eventPayload({ ...about, now: now - n * 1000, user: { id: `buyer-${n}` } }),
  )
  const deliveries: [resource: string, payload: unknown][] = [
    [
      'issue',
      issueWebhook(
        'created',
        issuePayload({ now, issue: ISSUE, project: 'payments-api', culprit: 'POST /checkout/pay' }),
      ),
    ],
    ...events.map((event): [string, unknown] => ['error', errorCreated(event)]),
    ['event_alert', eventAlert(events[0] as object, 'Checkout is failing')],
    ['event_alert', eventAlert(events[5] as object, 'Errors on payments')],
  ]
  const hookAt = now
  const sent = await Promise.all(
    [1, 2, 3, 4, 5].flatMap(() => deliveries.map(([resource, payload]) => world.send(resource, payload, { hookAt }))),
  )
  for (const one of sent) await world.outcome(one.delivery)
}

async function isOneProblem(t: Test, world: World): Promise<void> {
  await until(() => world.pagerduty.openAlerts().length > 0)
  const incidents = await world.incidents()
  t.same(
    incidents
      .filter(incident => incident.kind !== 'source')
      .map(incident => [incident.kind, incident.issue, incident.severity]),
    [['issue', ISSUE, 'P0']],
    'one incident',
  )
  t.equal(world.pagerduty.alerts.length, 1, 'one page')
  t.equal(world.pagerduty.alerts[0]?.log.length, 1, 'triggered once')
}

t.test("with Sentry's API up", async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.sentry.world.issues[ISSUE] = {
    users: 6,
    events: 6,
    recentUsers: 6,
    recentEvents: 6,
    project: 'payments-api',
    firstSeen: world.clock.now(),
    substatus: 'new',
    latest: { transaction: 'POST /checkout/pay', handled: false, environment: 'production' },
  }
  await tellEverythingFiveTimes(world)
  await isOneProblem(t, world)
})

t.test("with Sentry's API down: still one, marked degraded, and measured again when it is back", async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.sentry.fail({ kind: 'status', status: 503 })
  await tellEverythingFiveTimes(world)
  await isOneProblem(t, world)
  const trouble = async () => (await world.incidents()).filter(incident => incident.kind === 'source')
  await until(async () => {
    await world.wind(31_000)
    return (await trouble()).length > 0
  })
  t.equal((await trouble()).length, 1, 'the failing API is one incident about the source')
  const [before] = (await world.incidents()).filter(incident => incident.issue === ISSUE)
  t.equal(before?.verdict.degraded, true)

  world.sentry.heal()
  world.sentry.world.issues[ISSUE] = {
    users: 8,
    events: 9,
    project: 'payments-api',
    firstSeen: world.clock.now(),
    substatus: 'new',
  }
  // Sentry is left alone for ten seconds after it failed so often; then the verdict is made again.
  await until(async () => {
    await world.wind(31_000)
    return (await world.incidents()).find(incident => incident.issue === ISSUE)?.verdict.degraded === false
  }, 25_000)
  t.equal(world.pagerduty.alerts.length, 1, 'still one page')
  t.equal(world.pagerduty.alerts[0]?.log.length, 1)
})
