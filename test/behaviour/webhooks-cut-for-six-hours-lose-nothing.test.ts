import t, { type Test } from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { issuePayload, issueWebhook } from '../../src/sandbox/samples/issue-payload.ts'
import { incidentId, incidentKey } from '../../src/signals/dedup-key.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const MINUTE = 60_000

/** Known before the cut. */
const RESOLVED_MEANWHILE = '101'
const BACK_AGAIN = '102'
const ARCHIVED_MEANWHILE = '103'
/** Arose in it. */
const FEW_USERS = '201'
const MANY_USERS = '202'
const STAGING = '203'
const CAME_AND_WENT = '301'
const CHECKOUT_FOR_A_WHILE = '302'

const CHECKOUT = { transaction: 'POST /checkout/pay', handled: false }

function happens(world: World, issue: string, about: object): void {
  world.sentry.world.issues[issue] = {
    ...{ users: 12, events: 30, project: 'web-shop', substatus: 'new', firstSeen: world.clock.now() },
    ...about,
  }
}

function becomes(world: World, issue: string, about: object): void {
  Object.assign(world.sentry.world.issues[issue] ?? {}, about)
}

/** What Sentry sees in six hours, each by the minute it happens; no webhook tells of it. */
const STORY: readonly (readonly [minute: number, happens: (world: World) => void])[] = [
  [20, world => happens(world, FEW_USERS, {})],
  [45, world => becomes(world, RESOLVED_MEANWHILE, { status: 'resolved', substatus: null })],
  [60, world => happens(world, CAME_AND_WENT, { users: 400, events: 900 })],
  [75, world => becomes(world, ARCHIVED_MEANWHILE, { status: 'ignored', substatus: 'archived_forever' })],
  [120, world => becomes(world, CAME_AND_WENT, { status: 'resolved', lastSeen: world.clock.now() })],
  [150, world => happens(world, CHECKOUT_FOR_A_WHILE, { users: 40, recentUsers: 40, latest: CHECKOUT })],
  [175, world => becomes(world, CHECKOUT_FOR_A_WHILE, { status: 'resolved', lastSeen: world.clock.now() })],
  [200, world => happens(world, STAGING, { environment: 'staging', latest: { environment: 'staging' } })],
  [
    240,
    world => becomes(world, BACK_AGAIN, { status: 'unresolved', substatus: 'regressed', lastSeen: world.clock.now() }),
  ],
  [300, world => happens(world, MANY_USERS, { users: 320, events: 900 })],
]

async function play(world: World, step: (ms: number) => Promise<void>): Promise<void> {
  let minute = 0
  for (const [at, happen] of STORY) {
    for (; minute < at; minute += 5) await step(5 * MINUTE)
    happen(world)
  }
  for (; minute < 360; minute += 5) await step(5 * MINUTE)
}

/** Webhooks still come: two problems are open, one was resolved. */
async function beforeTheCut(world: World): Promise<void> {
  for (const issue of [RESOLVED_MEANWHILE, BACK_AGAIN, ARCHIVED_MEANWHILE]) {
    happens(world, issue, {})
    const event = eventPayload({ now: world.clock.now(), issue, project: 'web-shop', transaction: '/', handled: true })
    await world.tell('event_alert', eventAlert(event, 'Errors'))
  }
  world.clock.wind(2 * MINUTE)
  const now = world.clock.now()
  await world.tell(
    'issue',
    issueWebhook('resolved', issuePayload({ now, issue: BACK_AGAIN, project: 'web-shop', status: 'resolved' })),
  )
  // None of them has events any more.
  for (const issue of [RESOLVED_MEANWHILE, ARCHIVED_MEANWHILE]) becomes(world, issue, { lastSeen: now })
  await world.wind(MINUTE)
}

const idOf = (issue: string) => incidentId(incidentKey('default', { kind: 'issue', issue }) ?? '')

async function stateOf(world: World, issue: string): Promise<string> {
  const { status, body } = await world.api('GET', `/incidents/${idOf(issue)}`)
  if (status === 404) return 'none'
  if (body.status === 'resolved') return 'resolved'
  return `${body.muted === null ? 'open' : 'muted'} ${body.severity}`
}

async function holds(t: Test, world: World, expected: Record<string, string>): Promise<void> {
  const found: Record<string, string> = {}
  for (const issue of Object.keys(expected)) found[issue] = await stateOf(world, issue)
  t.same(found, expected)
}

const OPEN_AFTERWARDS = {
  [RESOLVED_MEANWHILE]: 'resolved',
  [BACK_AGAIN]: 'open P2',
  [ARCHIVED_MEANWHILE]: 'muted P2',
  [FEW_USERS]: 'open P2',
  [MANY_USERS]: 'open P1',
  [STAGING]: 'open P3',
}

t.test('with nobody listening for six hours every open problem is found, and what is over pages nobody', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await beforeTheCut(world)
  await world.service().stop()
  await play(world, async ms => world.clock.wind(ms))
  await world.restart()
  await until(async () => (await stateOf(world, MANY_USERS)) !== 'none')
  await world.wind(2 * MINUTE)
  await holds(t, world, { ...OPEN_AFTERWARDS, [CAME_AND_WENT]: 'none', [CHECKOUT_FOR_A_WHILE]: 'none' })
  t.equal(world.pagerduty.alerts.length, 0, 'nobody was paged for what is over')

  const told = (await world.incidents()).filter(incident => incident.kind === 'source')
  t.equal(told.length, 1, 'one word about it')
  t.match(told[0]?.title, /^Nobody was listening from .* to .* UTC: \d+ issues missed, 2 resolved since, 4 open: /)
  t.same(
    new Set(told[0]?.suspects.map(one => one.issue)),
    new Set([BACK_AGAIN, FEW_USERS, MANY_USERS, STAGING, CAME_AND_WENT, CHECKOUT_FOR_A_WHILE]),
  )
  const posts = () => world.slack.posts.filter(post => JSON.stringify(post).includes('Nobody was listening'))
  await until(() => posts().length > 0)
  await until(async () => {
    await world.wind(MINUTE)
    return (await world.incident(told[0]?.id ?? '')).status === 'resolved'
  })
  await world.wind(10 * MINUTE)
  t.equal(posts().length, 1, 'told once')
  t.equal((await world.incidents()).filter(incident => incident.kind === 'source').length, 1)
})

t.test('with the service up and webhooks cut, polls find every problem while it lasts', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await beforeTheCut(world)
  await play(world, world.wind)
  await world.wind(2 * MINUTE)
  await holds(t, world, { ...OPEN_AFTERWARDS, [CAME_AND_WENT]: 'resolved', [CHECKOUT_FOR_A_WHILE]: 'resolved' })
  const pages = () => world.pagerduty.alerts.filter(({ dedupKey }) => dedupKey.includes(`:${CHECKOUT_FOR_A_WHILE}:`))
  await until(() => pages().every(({ status }) => status === 'resolved'))
  t.equal(pages().length, 1, 'the checkout paged once, while it failed')
  const metrics = await (await fetch(`${world.url()}/metrics`)).text()
  t.match(metrics, /tocsin_missed_total\{source="default",what="created"\} 5/)
  t.match(metrics, /tocsin_poll_behind_seconds\{source="default"\} \d/)
})
