import fc from 'fast-check'
import t from 'tap'
import { pagerdutyDedupKey } from '../../src/pagerduty/dedup-key.ts'
import { MOST_BYTES, MOST_SUMMARY, testEvent, triggerEvent } from '../../src/pagerduty/event.ts'
import { oddText } from '../contracts/odd-text.ts'
import { sampleIncident, sampleNotification, sampleProjectIncident } from '../contracts/sample-message.ts'

const notification = sampleNotification()
const routingKey = 'R'.repeat(32)
const trigger = (incident = sampleIncident(), incidentUrl: string | null = 'https://tocsin.example/i/1') =>
  triggerEvent({ incident, notification, routingKey, dedupKey: 'k', incidentUrl })

t.test('the dedup key is the incident key with its generation, stable, printable, at most 255 characters', async t => {
  t.equal(pagerdutyDedupKey({ key: 'v1:issue:default:4711', generation: 2 }), 'v1:issue:default:4711:g2')
  t.match(pagerdutyDedupKey({ key: 'x'.repeat(300), generation: 1 }), /^tocsin:[0-9a-f]{64}:g1$/)
  fc.assert(
    fc.property(oddText, fc.integer({ min: 1, max: 1e6 }), (key, generation) => {
      const made = pagerdutyDedupKey({ key, generation })
      const again = pagerdutyDedupKey({ key, generation })
      const next = pagerdutyDedupKey({ key, generation: generation + 1 })
      return made === again && made !== next && made.length <= 255 && /^[\x21-\x7e]+$/.test(made)
    }),
  )
})

t.test('an event says what, where, how bad, why, and where to look', async t => {
  t.matchOnly(trigger(), {
    routing_key: routingKey,
    event_action: 'trigger',
    dedup_key: 'k',
    payload: {
      summary: "[P1] web: TypeError: Cannot read properties of undefined (reading 'total')",
      source: 'web',
      severity: 'error',
      timestamp: '2026-11-02T09:30:00.000Z',
      component: 'web',
      group: 'production',
      class: 'TypeError',
      custom_details: {
        severity: 'P1 major',
        why: 'A new issue affects 320 users in the last hour, more than 100.',
        evidence: ['320 users in the last hour (Sentry)'],
        rule: 'many-users',
        users: '320 users in the last hour (Sentry)',
        events: '900 events in the last hour (counted from error events)',
        rate: '15 events a minute',
        core_flow: 'checkout',
        environment: 'production',
        release: 'v2.4.1',
        owner: 'team cart',
        culprit: 'POST /cart',
        project: 'web',
        error_class: 'TypeError',
        level: 'error',
        issue: 'WEB-7',
        frame: 'src/cart.ts:42 in sumUp',
        incident: 'inc_0123456789abcdef0123',
        generation: 1,
        incident_url: 'https://tocsin.example/i/1',
        tags: { browser: 'Firefox' },
      },
    },
    client: 'Tocsin',
    client_url: 'https://tocsin.example/i/1',
    links: [
      { href: 'https://acme.sentry.io/issues/4711/', text: 'Issue in Sentry' },
      { href: 'https://acme.sentry.io/issues/4711/events/abc/', text: 'Event in Sentry' },
      { href: 'https://acme.sentry.io/replays/r1/', text: 'Session replay' },
      { href: 'https://tocsin.example/i/1', text: 'Incident in Tocsin' },
    ],
  })
})

t.test('P0 is critical, P1 error, P2 warning, P3 info', async t => {
  const severities = (['P0', 'P1', 'P2', 'P3'] as const).map(
    severity => trigger(sampleIncident({ severity })).payload?.severity,
  )
  t.same(severities, ['critical', 'error', 'warning', 'info'])
})

t.test('a page about a project names its suspects, and says when it stands in for another destination', async t => {
  const event = triggerEvent({
    incident: sampleProjectIncident(),
    notification: sampleNotification({ kind: 'fallback', reason: 'slack could not be told' }),
    routingKey,
    dedupKey: 'k',
    incidentUrl: null,
  })
  t.match(event.payload, { severity: 'critical', summary: /suspects: PaymentProcessingError; RangeError$/ })
  t.same(event.payload?.custom_details?.suspects, [
    'PaymentProcessingError - 200 events, 80 users, core flow payments - https://acme.sentry.io/issues/1/',
    'RangeError - 12 events',
  ])
  t.equal(event.payload?.custom_details?.told_here_because, 'slack could not be told')
  t.notOk('client_url' in event)
})

t.test('the summary is cut by code point to exactly 1024', async t => {
  const summary = trigger(sampleIncident({ title: '🔥'.repeat(5_000) })).payload?.summary ?? ''
  t.equal(Array.from(summary).length, MOST_SUMMARY)
  t.ok(summary.endsWith('🔥…'))
})

t.test('an event that would be too large keeps its head and loses its details, with a note', async t => {
  const says = '🔥'.repeat(2_000)
  const { verdict } = sampleIncident()
  const evidence = Array.from({ length: 80 }, () => ({ field: 'f', says, value: null, source: null, at: null }))
  const tags = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`t${index}`, says]))
  const event = trigger(sampleIncident({ verdict: { ...verdict, evidence }, tags }))
  t.ok(Buffer.byteLength(JSON.stringify(event)) <= MOST_BYTES)
  t.match(event.payload?.custom_details, { note: /512 KB/ })
  t.equal(event.links?.length, 4)
  const smaller = trigger(sampleIncident({ verdict: { ...verdict, evidence } }))
  t.match(smaller.payload?.custom_details?.evidence, { 49: says, 50: 'and 30 more' })
})

t.test('nothing known about it: no empty fields, no links', async t => {
  const links = { sentry: null, event: 'javascript:alert(1)', replay: null }
  const event = trigger(sampleIncident({ project: null, environment: null, errorClass: ' ', links, tags: {} }), null)
  t.equal(event.payload?.source, 'sentry')
  for (const name of ['component', 'group', 'class']) t.notOk(name in (event.payload ?? {}), name)
  t.same(event.links, [])
  t.notOk('tags' in (event.payload?.custom_details ?? {}))
})

t.test('a rule that was held down says by what; a degraded verdict says what is missing', async t => {
  const { verdict } = sampleIncident()
  const event = trigger(
    sampleIncident({ verdict: { ...verdict, cap: 'workaround', degraded: true, gaps: ['users: no token'] } }),
  )
  t.match(event.payload?.custom_details, { rule: 'many-users, held down by workaround', degraded: /users: no token/ })
})

t.test('a test event says that nothing is wrong', async t => {
  t.match(testEvent({ notification, routingKey, dedupKey: 'k' }).payload?.summary, /Nothing is wrong/)
})
