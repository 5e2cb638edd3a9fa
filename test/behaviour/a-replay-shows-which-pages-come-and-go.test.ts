import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { issuePayload, issueWebhook } from '../../src/sandbox/samples/issue-payload.ts'
import { SECRETS, startWorld, type World } from '../support/world.ts'

const MINUTE = 60_000
const project = 'web-shop'

/** An issue that hurts so many users; what became of the alert about it. */
async function alert(world: World, issue: string, users: number, tags: Record<string, string> = {}) {
  const now = world.clock.now()
  world.sentry.world.issues[issue] = {
    users,
    events: users * 2,
    project,
    firstSeen: now - 10 * MINUTE,
    substatus: 'new',
  }
  const came = await world.tell('event_alert', eventAlert(eventPayload({ now, issue, project, tags }), 'Errors'))
  await world.service().settled()
  return came
}

async function pass(world: World, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 5) await world.wind(5 * MINUTE)
}

/** A morning: of three P1 one is answered, one is not, one is resolved; one P0 that is told again and again; and a P2. */
async function live(world: World): Promise<void> {
  const answered = await alert(world, '7400000101', 320)
  await world.api('POST', `/incidents/${answered.incident}/acknowledge`)
  await alert(world, '7400000102', 250)
  await pass(world, 20)
  await alert(world, '7400000103', 400)
  await alert(world, '7400000105', 3, { data_loss: 'true' })
  await world.wind(2_000)
  const resolved = issuePayload({ now: world.clock.now(), issue: '7400000103', project, status: 'resolved' })
  await world.tell('issue', issueWebhook('resolved', resolved))
  await alert(world, '7400000104', 3)
  await pass(world, 70)
  await world.service().settled()
}

t.test('held against the rules that were in force, nothing comes and nothing goes', async t => {
  const world = await startWorld()
  t.teardown(() => world.stop())
  await live(world)
  const { status, body } = await world.api(
    'POST',
    '/rules/replay',
    { against: 'current', days: 1 },
    { accept: 'application/json' },
  )
  t.equal(status, 200, JSON.stringify(body))
  t.equal(body.type, 'summary')
  t.ok(body.signals >= 4)
  t.ok(body.pages.before > 0, 'people were paged')
  t.same({ gained: body.pages.gained, lost: body.pages.lost }, { gained: 0, lost: 0 }, JSON.stringify(body))
  t.same({ gained: body.posts.gained, lost: body.posts.lost }, { gained: 0, lost: 0 }, JSON.stringify(body))
  t.equal(body.differences, 0)
  const sent = (await Promise.all((await world.incidents()).map(({ id }) => world.notifications(id)))).flat()
  const news = sent.filter(({ kind }) => ['open', 'raise', 'step'].includes(kind))
  t.equal(
    body.pages.before,
    news.filter(({ destination }) => destination.startsWith('pagerduty')).length,
    'what really happened is what was really sent',
  )
})

t.test('rules that page nobody for many users lose those pages, destination by destination', async t => {
  const world = await startWorld()
  t.teardown(() => world.stop())
  await live(world)
  const { document } = (await world.api('GET', '/rules')).body
  for (const rule of document.severityRules) if (rule.about === 'issue' && rule.severity === 'P1') rule.severity = 'P2'
  const asked = { against: { document }, days: 1 }
  const response = await fetch(`${world.url()}/api/v1/rules/replay`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRETS.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify(asked),
  })
  t.equal(response.status, 200)
  t.equal(response.headers.get('content-type'), 'application/x-ndjson')
  const lines = (await response.text())
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
  const summary = lines.at(-1)
  t.equal(summary.type, 'summary')
  t.same(
    summary.severities.moves.map(({ from, to }: { from: string; to: string }) => `${from} ${to}`),
    ['P1 P2'],
  )
  const pagerduty = summary.byDestination.find(
    ({ destination }: { destination: string }) => destination === 'pagerduty-oncall',
  )
  t.same(
    { gained: pagerduty.gained, lost: pagerduty.lost },
    { gained: 0, lost: 1 },
    'the one P1 that nobody answered was paged in its second step',
  )
  t.equal(summary.pages.lost, 1)
  t.ok(summary.pages.after > 0, 'lost data still pages')
  const lead = summary.byPerson.find(({ person }: { person: string }) => person === 'team-lead')
  t.same({ after: lead.after, lost: lead.lost }, { after: 0, lost: 3 }, 'the team lead is called three times less')
  const differences = lines.filter(({ type }) => type === 'difference')
  t.equal(differences.length, summary.differences)
  t.match(differences[0], { before: { severity: 'P1' }, after: { severity: 'P2' } })
  t.ok(differences[0].what.includes('targets'))

  const elsewhere = await world.api(
    'POST',
    '/rules/replay',
    { ...asked, projects: ['another'] },
    { accept: 'application/json' },
  )
  t.equal(elsewhere.body.signals, 0)
  const wrong = await world.api('POST', '/rules/replay', { against: { document: { ...document, routes: [] } } })
  t.equal(wrong.status, 422)
})
