import t, { type Test } from 'tap'
import { createListFound } from '../../src/pipeline/list-found.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { startSentryStandIn } from '../../src/sandbox/sentry-stand-in.ts'
import { createSentryApi } from '../../src/sentry/api-client.ts'

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const TOKEN = 'sntrys_lists_0123456789'
const PRODUCTION = ['production', 'prod']

async function atSentry(t: Test) {
  const clock = woundClock()
  const sentry = await startSentryStandIn({ token: TOKEN, clock })
  t.teardown(sentry.close)
  const source = {
    ...{
      id: 'default',
      name: 'Acme',
      url: sentry.url,
      organization: 'acme',
      installation: null,
      ownApp: null,
      projects: [],
    },
    ...{ clientSecrets: ['a-client-secret-0123'], apiToken: TOKEN, managedBy: 'api' as const },
  }
  const survey = createSentryApi({
    sourceOf: () => source,
    clock,
    log: { info() {}, warn() {} },
    onOutcome() {},
  })
  const pages = () => sentry.requests.filter(({ path }) => path === 'issues/')
  return { clock, sentry, lists: createListFound(survey, clock), pages }
}

t.test('production first and oldest first; a list’s state is never said to be newer than it is', async t => {
  const { clock, sentry, lists } = await atSentry(t)
  const now = clock.now()
  const seen = (minutes: number, about: object = {}) => ({
    users: 3,
    events: 9,
    lastSeen: now - minutes * MINUTE,
    ...about,
  })
  sentry.world.issues = {
    '1': seen(2),
    '2': seen(9),
    '3': seen(5, { environment: 'staging' }),
    '4': seen(20, { environment: null }),
    '5': seen(1, {
      environment: 'staging',
      elsewhere: { production: { users: 40, events: 50, lastSeen: now - 7 * MINUTE } },
    }),
  }
  const listed = await lists.listSpan('default', PRODUCTION, { from: now - 30 * MINUTE, to: null })
  if (!listed.ok) throw new Error(listed.reason)
  const { found, asOf, offset } = listed.value
  t.same(
    found.map(({ issue, inProduction }) => [issue.issue, inProduction]),
    [
      ['2', true],
      ['5', true],
      ['1', true],
      ['4', false],
      ['3', false],
    ],
  )
  t.equal(found.find(({ issue }) => issue.issue === '5')?.issue.users, 40, 'users in production')
  t.ok(asOf <= now && asOf > now - 5 * SECOND)
  t.ok(found.every(one => one.asOf <= now))
  t.ok(offset >= 0 && offset < 5 * SECOND)
})

t.test('pages are read up to what was reconciled before, and no further', async t => {
  const { clock, sentry, lists, pages } = await atSentry(t)
  const now = clock.now()
  for (let n = 0; n < 450; n++)
    sentry.world.issues[String(1_000 + n)] = { users: 1, events: 1, lastSeen: now - n * 5 * SECOND, environment: null }
  sentry.world.environments = ['staging']
  const since = (minutes: number) => lists.listSpan('default', PRODUCTION, { from: now - minutes * MINUTE, to: null })
  const recent = await since(5)
  t.equal(recent.ok && recent.value.found.length, 100)
  t.equal(pages().length, 1, 'no environment of production exists: one list tells all')
  const all = await since(59)
  t.equal(all.ok && all.value.found.length, 450)
  t.equal(pages().length, 1 + 5)
  t.equal(all.ok && all.value.found[0]?.inProduction, null)
})

t.test('an hour long ago is asked for as such', async t => {
  const { clock, sentry, lists, pages } = await atSentry(t)
  const now = clock.now()
  sentry.world.issues = {
    '1': { users: 1, events: 1, firstSeen: now - 5 * HOUR, lastSeen: now - 4.5 * HOUR },
    '2': { users: 1, events: 1, firstSeen: now - 2 * HOUR, lastSeen: now - HOUR },
    '3': { users: 1, events: 1, firstSeen: now - 9 * HOUR, lastSeen: now - MINUTE },
  }
  const listed = await lists.listSpan('default', PRODUCTION, { from: now - 5 * HOUR, to: now - 4 * HOUR })
  t.same(listed.ok && listed.value.found.map(({ issue }) => issue.issue).sort(), ['1', '3'])
  t.ok(pages().every(({ params }) => params.has('start') && params.has('end')))
})

t.test('an answer that fails fails the whole list', async t => {
  const { clock, sentry, lists } = await atSentry(t)
  const now = clock.now()
  sentry.fail({ kind: 'status', status: 500 })
  const listed = await lists.listSpan('default', PRODUCTION, { from: now - HOUR, to: null })
  t.match(listed, { ok: false, reason: /500/ })
})

t.test('by id, whatever their state and whenever they were seen; who is gone is left out', async t => {
  const { clock, sentry, lists } = await atSentry(t)
  const long = clock.now() - 40 * 24 * HOUR
  sentry.world.issues = {
    '1': { users: 9, events: 1, lastSeen: long, status: 'resolved', statusDetails: { inNextRelease: true } },
    '2': { users: 9, events: 1, lastSeen: long, status: 'ignored' },
    '3': { users: 9, events: 1 },
  }
  const found = await lists.listThese('default', ['1', '2', '404'])
  t.match(found.ok && found.value, [
    { issue: { issue: '1', status: 'resolved', resolvedInRelease: 'next', users: null }, inProduction: null },
    { issue: { issue: '2', status: 'ignored' } },
  ])
  t.equal(found.ok && found.value.length, 2)
})
