import t from 'tap'
import { startSentryStandIn } from '../../src/sandbox/sentry-stand-in.ts'
import { alertNow, ISSUE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { SECRETS, startWorld, type World } from '../support/world.ts'

const MINUTE = 60_000

/** In steps that leave the door open: a beat that is a minute late would be a door that was shut. */
async function pass(world: World, minutes: number): Promise<void> {
  for (let half = 0; half < minutes * 2; half++) {
    await world.wind(MINUTE / 2)
    await world.service().settled()
  }
}

/** A new issue that Sentry's API shows, and nothing tells of. */
function newIssue(world: World, id: string, about: object = {}): void {
  const now = world.clock.now()
  world.sentry.world.issues[id] = {
    ...{ users: 2, events: 2, project: 'web-shop', substatus: 'new', isUnhandled: false },
    ...{ firstSeen: now, lastSeen: now },
    ...about,
  }
}

const silent = async (world: World) =>
  (await world.incidents()).filter(incident => Object.hasOwn(incident.causes, 'source:webhooks-silent'))

t.test('new issues and no webhook for a quarter of an hour: an incident says what to check', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 2)
  await world.tell('event_alert', alertNow(world))
  delete world.sentry.world.issues[ISSUE]
  await pass(world, 20)
  t.same(await silent(world), [], 'a quiet time is no silence')

  newIssue(world, '801')
  await pass(world, 10)
  newIssue(world, '802')
  await pass(world, 4)
  t.same(await silent(world), [], 'nor is what may still be on its way')
  await pass(world, 3)
  const [incident] = await silent(world)
  t.match(incident, { severity: 'P1', status: 'triggered', kind: 'source' })
  t.match(incident?.title, /has sent no webhook for \d+ minutes to source "default", and its API shows 2 issues/)
  t.match(incident?.title, /reachable from Sentry's addresses/)
  await until(() => JSON.stringify(world.slack.messages('#incidents')).includes('has sent no webhook'))
  t.match(
    await (await fetch(`${world.url()}/readyz`)).text(),
    /"source default webhooks","ok":false,"reason":"silent: /,
  )

  await pass(world, 90)
  t.match(await silent(world), [{ id: incident?.id, status: 'triggered' }], 'time does not end it')
  newIssue(world, ISSUE)
  await world.tell('event_alert', alertNow(world))
  await pass(world, 2)
  t.match(await silent(world), [{ status: 'resolved' }])
})

t.test('no false alarm: what sends no issue.created, what our shut door missed, who has no API', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const quiet = await startSentryStandIn({ clock: world.clock })
  t.teardown(quiet.close)
  const secret = { clientSecrets: ['a-client-secret-without-a-token'], apiToken: null }
  const noApi = { id: 'no-api', name: 'No API', url: quiet.url, organization: 'acme', projects: [], secret }
  t.equal((await world.api('POST', '/sources', noApi)).status, 201)
  newIssue(world, '810', { issueCategory: 'performance', issueType: 'performance_n_plus_one_db_queries' })
  newIssue(world, '811', { issueCategory: 'metric', issueType: 'metric_issue' })
  await pass(world, 20)
  t.same(await silent(world), [])

  newIssue(world, '812')
  // Nobody listened for an hour: Sentry may have told us.
  world.clock.wind(60 * MINUTE)
  await pass(world, 20)
  t.same(await silent(world), [])
  const metrics = await (await fetch(`${world.url()}/metrics`)).text()
  t.notMatch(metrics, /tocsin_source_last_webhook_age_seconds\{source="default"\}/, 'never heard')
})

t.test('a wrong client secret is told as refused, and silence with it', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await pass(world, 1)
  newIssue(world, '820')
  for (let n = 0; n < 25; n++) await world.send('issue', { n }, { secret: `not-${SECRETS.client}` })
  await pass(world, 18)
  const conditions = (await world.incidents()).flatMap(({ causes }) => Object.keys(causes))
  t.ok(conditions.includes('source:webhooks-refused'))
  t.ok(conditions.includes('source:webhooks-silent'))
})
