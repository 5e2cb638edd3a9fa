import t from 'tap'
import { woundClock } from '../../src/platform/clock.ts'
import { startSentryStandIn } from '../../src/sandbox/sentry-stand-in.ts'
import type { StandInWorld } from '../../src/sandbox/sentry-world.ts'

const START = Date.UTC(2026, 10, 21, 12, 30)
const MINUTE = 60_000

async function start(world: Partial<StandInWorld> = {}) {
  const clock = woundClock({ now: () => START })
  const sentry = await startSentryStandIn({ token: 'token', clock, world })
  t.teardown(() => sentry.close())
  async function get(path: string) {
    const headers = { authorization: 'Bearer token' }
    const response = await fetch(`${sentry.url}/api/0/organizations/acme/${path}`, { headers })
    return { status: response.status, headers: response.headers, body: (await response.json()) as unknown }
  }
  const ids = async (path: string) => {
    const { body } = await get(path)
    return Array.isArray(body) ? body.map((issue: { id: string }) => issue.id) : body
  }
  return { sentry, clock, get, ids }
}

const one = { users: 1, events: 1 }

t.test('without a query only unresolved issues are listed; an empty one lists all', async t => {
  const issues = {
    1: { ...one, lastSeen: START - MINUTE },
    2: { ...one, lastSeen: START, status: 'resolved' },
    3: { ...one, lastSeen: START - 2 * MINUTE, isUnhandled: false },
  }
  const { ids } = await start({ issues })
  t.same(await ids('issues/'), ['1', '3'])
  t.same(await ids('issues/?query='), ['2', '1', '3'])
  t.same(await ids('issues/?query=is:resolved'), ['2'])
  t.same(await ids('issues/?query=is:unresolved+error.unhandled:true'), ['1'])
})

t.test('a list is of the asked span and environment, and answers 404 for one that does not exist', async t => {
  const issues = {
    1: { ...one, lastSeen: START - 90 * MINUTE, firstSeen: START - 600 * MINUTE },
    2: { ...one, environment: null, lastSeen: START - 10 * MINUTE },
    3: { ...one, lastSeen: START - 90 * MINUTE, elsewhere: { staging: { users: 7, events: 9, lastSeen: START } } },
  }
  const { ids, get } = await start({ issues })
  t.same(await ids('issues/?query=&statsPeriod=1h'), ['3', '2'])
  t.same(await ids('issues/?query=&statsPeriod=1h&environment=production'), [])
  t.same(await ids('issues/?query=&statsPeriod=2h&environment=production'), ['1', '3'])
  t.same(await ids('issues/?query=&start=2026-11-21T10:00:00&end=2026-11-21T11:00:00'), ['1', '3'])
  t.match((await get('issues/?query=&environment=staging')).body, [{ id: '3', count: '9', userCount: 7 }])
  t.equal((await get('issues/?environment=gone')).status, 404)
})

t.test('dates of a list lie in its span, and those of a whole life are asked not to be collapsed', async t => {
  const issues = { 1: { ...one, lastSeen: START, firstSeen: START - 600 * MINUTE } }
  const { get } = await start({ issues })
  t.match((await get('issues/?statsPeriod=1h')).body, [
    { firstSeen: '2026-11-21T11:30:00Z', lifetime: { firstSeen: '2026-11-21T02:30:00Z' } },
  ])
  const { body } = await get('issues/?statsPeriod=1h&collapse=stats')
  t.notMatch(body, [{ lifetime: Object }])
})

t.test('pages of at most 100, with both directions in the Link header', async t => {
  const issues = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`${i}`, one]))
  const { get } = await start({ issues })
  const first = await get('issues/?limit=100')
  t.equal(Array.isArray(first.body) && first.body.length, 100)
  t.match(
    first.headers.get('link'),
    /^<[^>]*cursor=0%3A0%3A1>; rel="previous"; results="false"; cursor="0:0:1", <[^>]*>; rel="next"; results="true"; cursor="0:100:0"$/,
  )
  const second = await get('issues/?limit=100&cursor=0:100:0')
  t.equal(Array.isArray(second.body) && second.body.length, 50)
  t.match(second.headers.get('link'), /rel="previous"; results="true".*rel="next"; results="false"/)
  t.equal((await get('issues/?limit=101')).status, 400)
  t.equal((await get('issues/?cursor=elsewhere')).status, 400)
})

t.test('a project that only an issue mentions exists, by the same id everywhere', async t => {
  const { get } = await start({ issues: { 1: { ...one, project: 'mentioned' } } })
  const listed = (await get('projects/')).body
  t.match(listed, [{ slug: 'mentioned', id: /^\d+$/ }])
  const id = Array.isArray(listed) ? (listed[0] as { id: string }).id : ''
  t.match((await get('issues/1/')).body, { project: { id, slug: 'mentioned' } })
  t.match((await get(`issues/?project=${id}`)).body, [{ id: '1' }])
  t.same((await get('issues/?project=1')).body, [])
})

t.test("dates are Sentry's own, also where it fails", async t => {
  const { sentry, get } = await start({ clockSkewMs: -90_000 })
  t.equal((await get('environments/')).headers.get('date'), 'Sat, 21 Nov 2026 12:28:30 GMT')
  sentry.fail({ kind: 'status', status: 500 })
  t.equal((await get('environments/')).headers.get('date'), 'Sat, 21 Nov 2026 12:28:30 GMT')
})

t.test('sessions and unhandled events come by project', async t => {
  const projects = {
    shop: { id: '11', sessions: [{ healthy: 9, crashed: 1 }], releases: [], unhandled: [4, 2] },
    api: { id: '12', sessions: [{ healthy: 5, crashed: 0 }], releases: [], unhandled: [7, 0] },
  }
  const { get } = await start({ projects })
  t.match((await get('sessions/?groupBy=project')).body, {
    groups: [
      { by: { project: 11 }, totals: { 'sum(session)': 10 } },
      { by: { project: 12 }, totals: { 'sum(session)': 5 } },
    ],
  })
  t.match((await get('events/?field=project&field=count()&statsPeriod=10m')).body, {
    data: [
      { project: 'api', 'count()': 7 },
      { project: 'shop', 'count()': 6 },
    ],
  })
  t.match((await get('events/?field=project&field=count()&statsPeriod=1m')).body, {
    data: [{ project: 'shop', 'count()': 2 }],
  })
})

t.test('what is not listed answers only when it is asked for by name', async t => {
  const { get, ids } = await start({
    issues: { 1: { ...one, project: 'shop', listed: false } },
    projects: { shop: { sessions: [{ healthy: 9, crashed: 1 }], releases: [], unhandled: [4], listed: false } },
  })
  t.same(await ids('issues/'), [])
  t.equal((await get('issues/1/')).status, 200)
  t.match((await get('sessions/?groupBy=project')).body, { groups: [] })
  t.match((await get('sessions/?groupBy=project&projectSlug=shop')).body, { groups: [{ by: { project: Number } }] })
  t.match((await get('events/?field=project&statsPeriod=10m')).body, { data: [] })
})
