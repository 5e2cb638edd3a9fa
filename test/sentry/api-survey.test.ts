import t from 'tap'
import { PRODUCTION, startApi } from './api-under-test.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const list = { source: 'default', project: null, environments: [], span: null, cursor: null }
const everywhere = { source: 'default', production: PRODUCTION }

t.test('issues are listed newest last seen first, whatever their status', async t => {
  const { api, sentry, now } = await startApi(t)
  sentry.world.issues = {
    1: { users: 1, events: 1, lastSeen: now() - 9 * MINUTE, status: 'ignored' },
    2: { users: 1, events: 1, lastSeen: now() - MINUTE, status: 'resolved' },
    3: { users: 1, events: 1, lastSeen: now() - 5 * MINUTE },
    4: { users: 1, events: 1, lastSeen: now() - 2 * HOUR },
  }
  const answer = await api.listIssues(list)
  t.same(answer.ok && answer.value.issues.map(({ issue, status }) => [issue, status]), [
    ['2', 'resolved'],
    ['3', 'unresolved'],
    ['1', 'ignored'],
  ])
  t.equal(sentry.requests[0]?.params.get('query'), '', 'Sentry takes no query for is:unresolved')
  t.match(answer, { value: { next: null, at: now() } })
})

t.test('an issue is read in our words, masked, and first seen when it was, not when the hour began', async t => {
  const { api, sentry, now } = await startApi(t)
  sentry.world.projects['web-shop'] = { id: '4501', sessions: [], releases: [], unhandled: [] }
  sentry.world.issues['7'] = {
    users: 40,
    events: 96,
    project: 'web-shop',
    title: 'PaymentError: card of jane@example.com refused',
    culprit: 'checkout of 203.0.113.7',
    level: 'warning',
    substatus: 'escalating',
    firstSeen: now() - 40 * HOUR,
    lastSeen: now() - MINUTE,
    assignedTo: { type: 'team', id: '12', name: 'payments' },
    latest: { errorClass: 'PaymentError' },
  }
  const answer = await api.listIssues(list)
  const { project, ...rest } = (answer.ok && answer.value.issues[0]) || { project: null }
  t.equal(project, 'web-shop')
  t.same(rest, {
    issue: '7',
    shortId: 'WEB-SHOP-7',
    title: 'PaymentError: card of [email] refused',
    culprit: 'checkout of [ip]',
    level: 'warning',
    errorClass: 'PaymentError',
    status: 'unresolved',
    substatus: 'escalating',
    projectId: '4501',
    category: 'error',
    firstSeen: now() - 40 * HOUR,
    lastSeen: now() - MINUTE,
    isUnhandled: true,
    assignee: { type: 'team', id: '12', name: 'payments' },
    resolvedInRelease: null,
    link: 'https://acme.sentry.io/issues/7/',
    users: 40,
    events: 96,
  })
})

t.test('a resolution names its release, or the next one; a kind that is no error has no class', async t => {
  const { api, sentry, now } = await startApi(t)
  const one = { users: 1, events: 1, status: 'resolved' }
  sentry.world.issues = {
    1: { ...one, lastSeen: now() - 1_000, statusDetails: { inRelease: 'v2.4.1' } },
    2: { ...one, lastSeen: now() - 2_000, statusDetails: { inNextRelease: true } },
    3: {
      ...one,
      lastSeen: now() - 3_000,
      statusDetails: { inCommit: { commit: 'abc' } },
      issueType: 'monitor_check_in_failure',
      issueCategory: 'outage',
    },
  }
  const answer = await api.listIssues(list)
  t.same(answer.ok && answer.value.issues.map(issue => [issue.resolvedInRelease, issue.category, issue.errorClass]), [
    ['v2.4.1', 'error', 'TypeError'],
    ['next', 'error', 'TypeError'],
    [null, 'cron', null],
  ])
})

t.test('pages follow each other until Sentry says that there are no more results', async t => {
  const { api, sentry, now } = await startApi(t)
  for (let i = 0; i < 230; i++) sentry.world.issues[`${i}`] = { users: 1, events: 1, lastSeen: now() - i * 1_000 }
  const seen: string[] = []
  let cursor: string | null = null
  for (let page = 0; page < 10; page++) {
    const answer = await api.listIssues({ ...list, cursor })
    if (!answer.ok) break
    seen.push(...answer.value.issues.map(({ issue }) => issue))
    cursor = answer.value.next
    if (cursor === null) break
  }
  t.equal(sentry.requests.length, 3)
  t.same(
    seen,
    Array.from({ length: 230 }, (_, i) => String(i)),
  )
})

t.test('a page with broken items lacks those and no more', async t => {
  const { api, sentry } = await startApi(t)
  const body = JSON.stringify([null, 7, 'x', {}, { id: null }, { id: 5, count: 'many', lastSeen: 'soon' }, { id: '6' }])
  sentry.fail({ kind: 'status', status: 200, body })
  const answer = await api.listIssues(list)
  t.match(answer, { ok: true, value: { issues: [{ issue: '5', events: null, lastSeen: null }, { issue: '6' }] } })
  t.equal(answer.ok && answer.value.issues.length, 2)
})

t.test('a span is asked for to the whole second, and never an empty one', async t => {
  const { api, sentry, now } = await startApi(t)
  await api.listIssues({ ...list, project: 'shop', span: { from: now() - HOUR + 400, to: now() - 1 } })
  await api.listIssues({ ...list, project: '4501', span: { from: now(), to: now() } })
  t.same(
    sentry.requests.map(({ params }) => [params.get('start'), params.get('end'), params.get('statsPeriod')]),
    [
      ['2026-11-21T11:30:00', '2026-11-21T12:30:00', null],
      ['2026-11-21T12:30:00', '2026-11-21T12:30:01', null],
    ],
  )
  t.equal(sentry.requests[0]?.params.get('projectSlug'), 'shop')
  t.equal(sentry.requests[1]?.params.get('project'), '4501')
})

t.test('within an environment an issue is as new as it was there', async t => {
  const { api, sentry, now } = await startApi(t)
  sentry.world.issues = {
    1: {
      users: 1,
      events: 1,
      lastSeen: now() - 10 * MINUTE,
      elsewhere: { staging: { users: 1, events: 1, lastSeen: now() } },
    },
    2: { users: 1, events: 1, environment: 'staging' },
  }
  const answer = await api.listIssues({ ...list, environments: ['production'] })
  t.match(answer, { ok: true, value: { issues: [{ issue: '1', lastSeen: now() - 10 * MINUTE }] } })
  t.equal(answer.ok && answer.value.issues.length, 1)
  t.match(await api.listIssues({ ...list, environments: ['gone'] }), { ok: false, reason: /\(404/ })
})

t.test('the time of a page is that of Sentry, however wrong our clock is', async t => {
  const { api, sentry, now } = await startApi(t)
  sentry.world.clockSkewMs = -3 * HOUR
  t.match(await api.listIssues(list), { value: { at: now() - 3 * HOUR } })
})

t.test('environments and projects are all of them, and remembered for ten minutes', async t => {
  const { api, sentry, clock } = await startApi(t)
  for (let i = 0; i < 130; i++)
    sentry.world.projects[`p${i}`] = { id: `${i + 1}`, sessions: [], releases: [], unhandled: [] }
  sentry.world.issues['7'] = { users: 1, events: 1, project: 'only-in-an-issue' }
  const projects = await api.projects('default')
  t.equal(projects.ok && projects.value.length, 131)
  t.match(projects, { value: [{ id: '1', slug: 'p0' }] })
  t.same(await api.environments('default'), { ok: true, value: ['production', 'staging'] })
  clock.wind(599_000)
  await api.projects('default')
  await api.environments('default')
  t.equal(sentry.requests.length, 3, 'two pages of projects')
  sentry.world.environments = ['live']
  clock.wind(1_000)
  t.same(await api.environments('default'), { ok: true, value: ['live'] })
})

t.test('sessions of every project are one question, by the names of the projects', async t => {
  const { api, sentry } = await startApi(t)
  sentry.world.projects = {
    shop: {
      sessions: [
        { healthy: 900, errored: 40, crashed: 60, release: 'v2.4.0' },
        { healthy: 90, crashed: 10, release: 'v2.4.1', environment: 'prod' },
        { healthy: 0, crashed: 500, release: 'v2.4.1', environment: 'staging' },
        { healthy: 100, crashed: 0, release: null, environment: null },
      ],
      releases: [],
      unhandled: [],
    },
    api: { sessions: [{ healthy: 10, crashed: 0 }], releases: [], unhandled: [] },
    quiet: { sessions: [], releases: [], unhandled: [] },
    tried: { sessions: [{ healthy: 4, crashed: 4, environment: 'staging' }], releases: [], unhandled: [] },
  }
  t.same(await api.sessions(everywhere), {
    ok: true,
    value: [
      {
        project: 'shop',
        production: { sessions: 1200, crashed: 70 },
        releases: [
          { release: 'v2.4.0', sessions: 1000, crashed: 60 },
          { release: 'v2.4.1', sessions: 100, crashed: 10 },
        ],
      },
      { project: 'api', production: { sessions: 10, crashed: 0 }, releases: [] },
    ],
  })
  t.same(
    sentry.requests.map(({ path }) => path),
    ['sessions/', 'projects/'],
  )
})

t.test('when that is too much at once it is asked without releases, and what lacks is said', async t => {
  const { api, sentry, outcomes } = await startApi(t)
  sentry.world.projects.shop = { sessions: [{ healthy: 9, crashed: 1, release: 'v1' }], releases: [], unhandled: [] }
  sentry.fail({ kind: 'status', status: 400, body: '{"detail":"too many points"}' }, 1)
  t.match(await api.sessions(everywhere), {
    ok: true,
    value: [{ project: 'shop', production: { sessions: 10, crashed: 1 }, releases: [] }],
    partial: /sessions by release: .*too many points/,
  })
  t.same(outcomes, ['project-sessions 400', 'project-sessions ok', 'projects ok'])
  t.equal(api.health('default').lastError, null)
})

t.test('without the list of projects their ids have to do, and what lacks is said', async t => {
  const failing = { onOutcome: (question: string) => question === 'project-sessions' && sentry.fail({ kind: 'html' }) }
  const { api, sentry } = await startApi(t, {}, failing)
  sentry.world.projects.shop = { id: '4501', sessions: [{ healthy: 9, crashed: 1 }], releases: [], unhandled: [] }
  t.match(await api.sessions(everywhere), {
    ok: true,
    value: [{ project: '4501', production: { sessions: 10, crashed: 1 } }],
    partial: /^names of projects: what answered is not Sentry's API/,
  })
})

t.test('unhandled events come by project, the most first, and only of projects that have any', async t => {
  const { api, sentry } = await startApi(t)
  const project = (unhandled: number[]) => ({ sessions: [], releases: [], unhandled })
  sentry.world.projects = {
    quiet: project([0, 0, 0]),
    shop: project([...Array<number>(10).fill(5), 1, 1]),
    mobile: project([300, 200]),
  }
  t.same(await api.unhandled({ ...everywhere, minutes: 10 }), {
    ok: true,
    value: [
      { project: 'mobile', events: 500 },
      { project: 'shop', events: 42 },
    ],
  })
  t.match(sentry.requests[0]?.params.get('query'), /error\.unhandled:true \(environment:\[.*\] OR !has:environment\)/)
})

t.test(
  'what crashes in a project: unhandled, unresolved, in production or without environment, most users first',
  async t => {
    const { api, sentry, now } = await startApi(t)
    sentry.world.issues = {
      1: { users: 10, events: 10 },
      2: { users: 90, events: 90, environment: null },
      3: { users: 50, events: 50 },
      4: { users: 500, events: 500, isUnhandled: false },
      5: { users: 500, events: 500, status: 'resolved' },
      6: { users: 500, events: 500, environment: 'staging' },
      7: { users: 500, events: 500, project: 'other' },
      8: { users: 500, events: 500, lastSeen: now() - 2 * HOUR },
    }
    const answer = await api.crashingIssues({ ...everywhere, project: 'shop' })
    t.same(answer.ok && answer.value.map(({ issue, users }) => [issue, users]), [
      ['2', 90],
      ['3', 50],
      ['1', 10],
    ])
    t.same(
      sentry.requests.map(({ path }) => path),
      ['environments/', 'issues/', 'issues/'],
    )
  },
)

t.test('where no environment counts as production only issues without one are asked for', async t => {
  const { api, sentry } = await startApi(t)
  sentry.world.environments = ['staging']
  sentry.world.issues['2'] = { users: 90, events: 90, environment: null }
  t.match(await api.crashingIssues({ ...everywhere, project: 'shop' }), { ok: true, value: [{ issue: '2' }] })
  t.equal(sentry.requests.length, 2)
})

t.test('at most twenty are named', async t => {
  const { api, sentry } = await startApi(t)
  for (let i = 0; i < 60; i++)
    sentry.world.issues[`${i}`] = { users: i, events: i, environment: i % 2 ? null : 'production' }
  const answer = await api.crashingIssues({ ...everywhere, project: 'shop' })
  t.same(
    answer.ok && answer.value.map(({ users }) => users),
    Array.from({ length: 20 }, (_, i) => 59 - i),
  )
})

t.test('a source that speaks for some projects asks about these alone', async t => {
  const { api, sentry } = await startApi(t, { projects: ['shop', 'api'] })
  const project = { sessions: [{ healthy: 1, crashed: 0 }], releases: [], unhandled: [1] }
  sentry.world.projects = { shop: project, api: project, other: project }
  for (const [i, slug] of ['shop', 'api', 'other'].entries())
    sentry.world.issues[`${i}`] = { users: 1, events: 1, project: slug }
  const issues = await api.listIssues(list)
  t.same(issues.ok && issues.value.issues.map(issue => issue.project).sort(), ['api', 'shop'])
  const projects = await api.projects('default')
  t.same(projects.ok && projects.value.map(({ slug }) => slug), ['shop', 'api'])
  const sessions = await api.sessions(everywhere)
  t.same(sessions.ok && sessions.value.map(one => one.project), ['shop', 'api'])
  const unhandled = await api.unhandled({ ...everywhere, minutes: 10 })
  t.same(unhandled.ok && unhandled.value.map(one => one.project), ['shop', 'api'])
  await api.listIssues({ ...list, project: 'shop' })
  t.same(sentry.requests.at(-1)?.params.getAll('projectSlug'), ['shop'])
})

t.test('without a token or an organization nothing is asked', async t => {
  const { api, sentry } = await startApi(t, { apiToken: null })
  const answers = await Promise.all([
    api.listIssues(list),
    api.projects('default'),
    api.environments('default'),
    api.sessions(everywhere),
    api.unhandled({ ...everywhere, minutes: 10 }),
    api.crashingIssues({ ...everywhere, project: 'shop' }),
  ])
  for (const answer of answers) t.match(answer, { ok: false, retry: false, reason: /no organization or no API token/ })
  t.equal(sentry.requests.length, 0)
})
