import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { CRASH_FREE_SESSIONS, metricAlert } from '../../src/sandbox/samples/metric-alert-payload.ts'
import { incidentId, incidentKey } from '../../src/signals/dedup-key.ts'
import { MINUTE } from '../support/one-issue.ts'
import { silence } from '../support/silencing.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const PROJECT = 'mobile-app'

/** The checkout fails in an app whose release crashes: the issue pages, and speaks for its project from then on. */
async function issueSpeaksForProject(world: World): Promise<{ issue: string; project: string }> {
  const now = world.clock.now()
  const counts = { users: 9, events: 9, recentUsers: 9, recentEvents: 9 }
  world.sentry.world.issues['1'] = { ...counts, project: PROJECT, firstSeen: now - MINUTE, substatus: 'new' }
  const about = { now, issue: '1', project: PROJECT, transaction: 'POST /checkout/pay' }
  const issue = await world.tell('event_alert', eventAlert(eventPayload(about), 'Crash'))
  await until(() => world.pagerduty.openAlerts().length === 1)
  const release = 'mobile-app@5.2.0'
  world.sentry.world.projects[PROJECT] = {
    sessions: [{ healthy: 1080, crashed: 120, environment: 'production', release }],
    releases: [release],
    unhandled: [30, 40, 50, 40, 40, 40],
  }
  const project = await world.tell('metric_alert', crashFree(world))
  await world.service().settled()
  const held = await world.incident(project.incident ?? '')
  if (held.quiet === null) throw new Error('the project speaks for itself')
  return { issue: issue.incident ?? '', project: held.id }
}

function crashFree(world: World): object {
  return metricAlert({
    now: world.clock.now(),
    action: 'critical',
    rule: '4711',
    name: 'Crash-free sessions',
    aggregate: CRASH_FREE_SESSIONS,
    window: 60,
    said: '90.1% sessions crash free rate',
    direction: 'below',
    critical: 95,
    project: PROJECT,
  })
}

async function speaksSoon(world: World, id: string): Promise<void> {
  await until(async () => {
    await world.wind(31_000)
    return (await world.incident(id)).quiet === null
  })
  await until(() => world.pagerduty.alerts.length === 2)
}

t.test('an issue that a silence covers speaks for its project no longer: the project pages', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const { issue, project } = await issueSpeaksForProject(world)
  await silence(world, { matchers: { field: 'core-flow', op: '=', value: 'checkout' } })
  t.ok((await world.incident(issue)).silenced)
  t.equal((await world.incident(project)).silenced, null)
  await speaksSoon(world, project)
})

t.test('so it is when a person silences that one incident', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const { issue, project } = await issueSpeaksForProject(world)
  const until = new Date(world.clock.now() + 4 * 60 * MINUTE).toISOString()
  const body = { until, reason: 'we know' }
  t.match(await world.api('POST', `/incidents/${issue}/silence`, body), { status: 200, body: { changed: true } })
  await speaksSoon(world, project)
})

t.test(
  'a storm whose speaker is silenced is told by another of it, and the end of that silence pages no storm twice',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    // The one that speaks is looked at last.
    const issues = ['1', '2', '3', '4', '5', '6', '7'].toSorted((a, b) => (idOf(a) < idOf(b) ? 1 : -1))
    for (const issue of issues) {
      const at = { project: 'web-shop', firstSeen: world.clock.now() - MINUTE, substatus: 'new' as const }
      world.sentry.world.issues[issue] = { users: 12, events: 20, ...at }
      const about = { now: world.clock.now(), issue, project: 'web-shop', errorClass: `Crash${issue}` }
      await world.tell('event_alert', eventAlert(eventPayload(about), 'Crash'))
    }
    await until(async () => (await world.incidents()).some(({ storm }) => storm?.members === 6))
    await settle(world)
    const before = posts(world)
    const speaker = (await world.incidents()).find(({ storm }) => storm !== null)
    world.clock.wind(1)
    await silence(world)
    t.ok((await world.incidents()).every(({ silenced }) => silenced !== null))
    await world.wind(3 * MINUTE)
    t.equal(posts(world), before)
    await world.wind(2 * 60 * MINUTE)
    await settle(world)
    t.equal(posts(world), before, 'it was told before: nobody is told of the storm anew by another')
    const open = await world.incidents()
    t.same(
      open.filter(({ quiet }) => quiet === null).map(one => one.id),
      [speaker?.id],
    )
    const only = { field: 'error-class', op: '=', value: speaker?.errorClass }
    await silence(world, { matchers: only })
    await until(async () => {
      await world.wind(31_000)
      return (await world.incidents()).some(({ quiet, id }) => quiet === null && id !== speaker?.id)
    })
    await settle(world)
    t.equal(posts(world), before + 1, 'another of the storm speaks, once')
  },
)

const idOf = (issue: string) => incidentId(incidentKey('default', { kind: 'issue', issue }) ?? '')
const posts = (world: World) => world.slack.posts.filter(post => post.channelName === 'alerts-production').length

/** Lets every paced post leave. */
async function settle(world: World): Promise<void> {
  for (let i = 0; i < 6; i++) await world.wind(1_500)
  await world.service().settled()
}
