import t from 'tap'
import { categoryOfIssue, categoryOfTypeId, toLevel } from '../../src/sentry/parse-category.ts'
import { readTags } from '../../src/sentry/parse-tags.ts'
import { toBoolean, toLink, toNumber, toText, toTime } from '../../src/sentry/payload-fields.ts'
import { issueLink, organizationSlug, projectSlug, replayLink } from '../../src/sentry/payload-links.ts'

const REPLAY = 'a3f0c5d27e9b4b16bd5f8c2710e4a6b9'

t.test('slugs are read from urls: API, customer domain, self-hosted', async t => {
  const api = 'https://sentry.io/api/0/projects/acme/front-end/events/e4/'
  t.equal(projectSlug(api), 'front-end')
  t.equal(projectSlug('https://sentry.io/organizations/acme/issues/1/'), null)
  t.equal(projectSlug(null), null)
  t.equal(organizationSlug(null, api), 'acme')
  t.equal(organizationSlug('https://sentry.io/organizations/acme/issues/1/'), 'acme')
  t.equal(organizationSlug('https://acme.sentry.io/issues/1/'), 'acme')
  t.equal(organizationSlug('https://de.sentry.io/issues/1/'), null)
  t.equal(organizationSlug('https://errors.example.com/issues/1/'), null)
})

t.test('an issue page is made from an event page, a replay page from either style', async t => {
  t.equal(issueLink('https://acme.sentry.io/issues/7/events/e4/'), 'https://acme.sentry.io/issues/7/')
  t.equal(
    issueLink('https://x.example/organizations/acme/issues/7/events/e4/?a=1'),
    'https://x.example/organizations/acme/issues/7/',
  )
  t.equal(issueLink(null), null)
  t.equal(replayLink('https://acme.sentry.io/issues/7/', 'acme', REPLAY), `https://acme.sentry.io/replays/${REPLAY}/`)
  t.equal(
    replayLink(
      'https://errors.example.com/organizations/acme/issues/7/',
      'acme',
      REPLAY.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    ),
    `https://errors.example.com/organizations/acme/replays/${REPLAY}/`,
  )
  for (const replay of [null, '', '../../admin', 'abc'])
    t.equal(replayLink('https://acme.sentry.io/', 'acme', replay), null)
  t.equal(replayLink(null, 'acme', REPLAY), null)
})

t.test('only links a browser may follow are links', async t => {
  t.equal(toLink('https://acme.sentry.io/issues/7/?a=b'), 'https://acme.sentry.io/issues/7/?a=b')
  for (const value of ['javascript:alert(1)', 'https://a b', 'https://a"><b', '//x', 7, null])
    t.equal(toLink(value), null)
})

t.test('scalars are read as they come, and nothing else becomes one', async t => {
  t.strictSame(['3', 60.0, '60.0', '', 'x', null, true, [], Number.NaN].map(toNumber), [
    3,
    60,
    60,
    null,
    null,
    null,
    null,
    null,
    null,
  ])
  t.strictSame(['a', 5, '', ' ', null, {}, true].map(toText), ['a', '5', null, null, null, null, null])
  t.strictSame([true, 'yes', 'No', 0, 'maybe', null].map(toBoolean), [true, true, false, false, null, null])
  t.strictSame([1_766_000_000.5, '2025-12-17T19:33:20Z', '2025-12-17T20:33:20+0100', '', null].map(toTime), [
    1_766_000_000_500,
    1_766_000_000_000,
    1_766_000_000_000,
    null,
    null,
  ])
  const long = toText(`${'x'.repeat(1_999)}😀😀`)
  t.ok(long?.isWellFormed() && long.length <= 2_001)
})

t.test('tags come as pairs, objects or a map; the first of a name counts', async t => {
  const pairs = [['sentry:release', 'v1'], ['release', 'v2'], ['on', true], ['n', 5], ['none', null], 'odd', null, []]
  t.strictSame(
    [...readTags(pairs)],
    [
      ['release', 'v1'],
      ['on', 'true'],
      ['n', '5'],
    ],
  )
  t.strictSame([...readTags([{ key: 'a', value: 'b' }])], [['a', 'b']])
  t.strictSame([...readTags({ a: 'b' })], [['a', 'b']])
  t.strictSame([...readTags('a')], [])
})

t.test('kinds of trouble are told by type, under their old and new names', async t => {
  t.strictSame([1, 4001, 6001, 7001, 8001, 1001, 2011, 9999, null].map(categoryOfTypeId), [
    'error',
    'cron',
    'feedback',
    'uptime',
    'metric',
    'performance',
    'performance',
    'other',
    null,
  ])
  const issues: [string | null, string | null, string][] = [
    [null, null, 'error'],
    ['error', 'error', 'error'],
    ['monitor_check_in_failure', 'outage', 'cron'],
    ['uptime_domain_failure', 'outage', 'uptime'],
    ['metric_issue', 'metric', 'metric'],
    [null, 'metric_alert', 'metric'],
    ['performance_n_plus_one_db_queries', 'db_query', 'performance'],
    ['feedback', 'feedback', 'feedback'],
    ['replay_rage_click', 'frontend', 'other'],
  ]
  for (const [type, category, expected] of issues) t.equal(categoryOfIssue(type, category), expected)
  t.strictSame([toLevel('Error'), toLevel(null, 'warn'), toLevel('odd'), toLevel()], ['error', 'warning', null, null])
})
