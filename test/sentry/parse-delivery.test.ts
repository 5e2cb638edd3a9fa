import fc from 'fast-check'
import t from 'tap'
import { MARTA } from '../../src/sandbox/samples/envelope.ts'
import { errorCreated, eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { issuePayload, issueWebhook } from '../../src/sandbox/samples/issue-payload.ts'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { serialize } from '../../src/sandbox/samples/serialize.ts'
import { parseDelivery } from '../../src/sentry/parse-delivery.ts'
import { type Delivery, deliverySchema } from '../../src/signals/delivery.ts'
import { type Signal, signalSchema } from '../../src/signals/signal.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const HOOK = NOW - 2_000

/** Shows what was hashed, so that a test can tell; the real one cannot be read back. */
const context = { hashUser: (raw: string) => `hash(${raw})`, ownApp: 'our-app-uuid' }

function delivery(resource: string, payload: unknown, change: Partial<Delivery> = {}): Delivery {
  const body = serialize(payload)
  return deliverySchema.parse({
    id: 'b-0',
    source: 'default',
    resource,
    hookTimestamp: HOOK,
    receivedAt: NOW,
    body,
    encoding: 'utf8',
    ...change,
  })
}

function signalOf(resource: string, payload: unknown, change: Partial<Delivery> = {}): Signal {
  const parsed = parseDelivery(delivery(resource, payload, change), context)
  if (parsed.kind !== 'signal') throw new Error(`${parsed.reason} ${JSON.stringify(parsed.problems)}`)
  return signalSchema.parse(parsed.signal)
}

function sample(name: string): Signal {
  const found = SAMPLES[name]
  if (found === undefined) throw new Error(`no sample ${name}`)
  return signalOf(found.resource, found.build(NOW))
}

const INTENTS: Record<string, [intent: string, subject: string]> = {
  'payment-failure': ['alert', 'issue'],
  'service-unavailable': ['alert', 'issue'],
  'type-error-after-release': ['alert', 'issue'],
  'crash-free-critical': ['alert', 'project'],
  'crash-free-warning': ['alert', 'project'],
  'crash-free-resolved': ['resolve', 'project'],
  'unhandled-spike': ['alert', 'project'],
  'error-rate-critical': ['alert', 'metric'],
  'metric-issue': ['alert', 'metric'],
  'chosen-floor-and-policy': ['alert', 'issue'],
  'chosen-ceiling': ['alert', 'issue'],
  'chosen-ceiling-not-for-crash-free': ['alert', 'project'],
  'data-loss': ['alert', 'issue'],
  'staging-only': ['alert', 'issue'],
  'cron-failure': ['alert', 'issue'],
  'uptime-failure': ['alert', 'issue'],
  'error-created': ['count', 'issue'],
  'non-ascii': ['alert', 'issue'],
  'issue-created': ['alert', 'issue'],
  'issue-assigned': ['assign', 'issue'],
  'issue-resolved': ['resolve', 'issue'],
  'issue-unresolved': ['reopen', 'issue'],
  'issue-ignored': ['mute', 'issue'],
  'issue-archived': ['mute', 'issue'],
  'activity-regression': ['reopen', 'issue'],
  'activity-seer': ['nothing', 'issue'],
  feedback: ['attach', 'issue'],
  comment: ['nothing', 'none'],
  installation: ['nothing', 'none'],
  seer: ['nothing', 'none'],
  preprod: ['nothing', 'none'],
}

t.test('every resource and action asks what it should, of the subject it should', async t => {
  for (const [name, [intent, subject]] of Object.entries(INTENTS)) {
    const signal = sample(name)
    t.strictSame([signal.intent, signal.subject.kind], [intent, subject], name)
    t.match(signal, { source: 'default', delivery: 'b-0', origin: 'webhook', receivedAt: NOW, version: 1 })
    t.not(signal.facts.title, '', name)
  }
  const told = new Set([...Object.keys(INTENTS), 'garbage', 'no-issue-id'])
  t.strictSame(
    Object.keys(SAMPLES).filter(name => !told.has(name)),
    [],
    'no sample is left out',
  )
})

t.test('an event alert tells every fact of its event', async t => {
  const { facts, settings, at, resource, action } = sample('payment-failure')
  t.strictSame([resource, action], ['event_alert', 'triggered'])
  t.match(facts, {
    organization: 'northwind',
    project: 'payments-api',
    projectId: '302',
    issue: '5100000101',
    title: 'PaymentProcessingError: Stripe webhook: malformed payload, field "amount" is missing',
    culprit: 'POST /checkout/pay',
    transaction: 'POST /checkout/pay',
    level: 'error',
    environment: 'production',
    release: 'payments-api@3.18.0',
    handled: false,
    errorClass: 'PaymentProcessingError',
    frame: { file: 'src/stripe/webhook-handler.ts', function: 'readCharge', line: 88 },
    category: 'error',
    eventAt: NOW,
    alertRule: 'Checkout is failing',
    tags: { core_flow: 'payments', environment: 'production', handled: 'no' },
  })
  t.match(facts.event, /^[0-9a-f]{32}$/)
  t.equal(at, NOW)
  t.strictSame(settings, {})
  t.strictSame(facts.links, {
    issue: 'https://northwind.sentry.io/issues/5100000101/',
    event: `https://northwind.sentry.io/issues/5100000101/events/${facts.event}/`,
    replay: 'https://northwind.sentry.io/replays/a3f0c5d27e9b4b16bd5f8c2710e4a6b9/',
    alert: null,
  })
})

t.test('the three shapes without an exception are told apart: cron, uptime, metric issue', async t => {
  const cron = sample('cron-failure')
  t.match(cron.facts, { category: 'cron', user: null, handled: null, environment: 'production' })
  t.equal(cron.metric, null)
  t.match(sample('uptime-failure').facts, { category: 'uptime', user: null, release: null })
  t.equal(sample('metric-issue').facts.category, 'metric')
})

t.test('a person is only a keyed hash: by id, else e-mail, address, name, else the tag', async t => {
  const users: [object | null, string | null][] = [
    [{ id: 7, email: 'Jo@example.com', ip_address: '203.0.113.9', username: 'jo' }, 'hash(id:7)'],
    [{ id: null, email: 'Jo@example.com', ip_address: '203.0.113.9' }, 'hash(email:jo@example.com)'],
    [{ ip_address: '203.0.113.9', username: 'jo' }, 'hash(ip:203.0.113.9)'],
    [{ username: 'jo' }, 'hash(username:jo)'],
    [{ geo: {} }, null],
    [null, null],
  ]
  for (const [user, hash] of users) {
    const event = { ...eventPayload({ now: NOW, issue: '5', user: null }), user }
    t.equal(signalOf('error', errorCreated(event)).facts.user, hash)
  }
  const tagged = { ...eventPayload({ now: NOW, issue: '5', user: null }), tags: [['user', 'id:7']] }
  t.equal(signalOf('error', errorCreated(tagged)).facts.user, 'hash(id:7)', 'the same person as by id')
})

t.test('nothing personal is left in the facts', async t => {
  const message = 'no account for jo@example.com from 203.0.113.9'
  const user = { id: '7', email: 'jo@example.com', username: 'jo-username', ip_address: '203.0.113.9' }
  const tags = { customer: 'jo@example.com', 'user.email': 'jo@example.com', peer: '203.0.113.9', node: '10.0.0.7' }
  Object.assign(tags, { username: 'jo-username', full_name: 'Jo Do', phone: '+49 30 901820', api_token: 'tok-98' })
  const event = eventPayload({ now: NOW, issue: '5', message, user, tags, transaction: '/u/jo@example.com' })
  const text = JSON.stringify(signalOf('event_alert', eventAlert(event, 'New')).facts).replace(/hash\([^)]*\)/, '')
  t.notMatch(text, /jo@example|203\.0\.113|jo-username|"user":"id|Jo Do|901820|tok-98/)
  t.match(text, /10\.0\.0\.7/)
})

t.test('handled comes from the last exception, else the tag, else the issue', async t => {
  const event = eventPayload({ now: NOW, issue: '5', handled: null })
  const handled = (values: unknown, tags: unknown = []) =>
    signalOf('error', errorCreated({ ...event, exception: { values }, tags })).facts.handled
  const by = (value: unknown) => ({ type: 'E', mechanism: { handled: value } })
  t.equal(handled([by(false), by(true)]), true)
  t.equal(handled([by(true), by(false)]), false)
  t.equal(handled([by(null)], [['handled', 'no']]), false)
  t.equal(handled([null, { type: 'E', mechanism: null }], [['handled', 'yes']]), true)
  t.equal(handled(null), null)
  t.equal(sample('issue-created').facts.handled, false)
  t.equal(signalOf('issue', issueWebhook('created', { id: '5' })).facts.handled, null)
  for (const action of ['created', 'unresolved']) {
    const over = signalOf('issue', issueWebhook(action, { id: '5', status: 'resolved' }))
    t.equal(over.intent, 'resolve', 'resolved by the time it was sent')
  }
})

t.test('the frame is the deepest of the application in the exception that was thrown', async t => {
  const frames = (...list: unknown[]) => ({ type: 'E', stacktrace: { frames: list } })
  const frameIn = (...values: unknown[]) =>
    signalOf('error', errorCreated({ issue_id: '5', exception: { values } })).facts.frame
  const own = { in_app: true, filename: 'a.ts', function: 'f', lineno: 3.0 }
  t.strictSame(frameIn(frames(), frames(own, { in_app: true, module: 'b', lineno: '9' }, { in_app: false })), {
    file: 'b',
    function: null,
    line: 9,
  })
  t.equal(frameIn(frames(own), frames({ in_app: false, filename: 'lib.js' })), null)
  t.equal(frameIn({ type: 'E', stacktrace: null }), null)
})

t.test('an issue tells its numbers, its links and who has it; it knows no environment', async t => {
  const created = sample('issue-created')
  t.match(created.facts, {
    organization: 'northwind',
    project: 'web-shop',
    projectId: '301',
    shortId: 'WEB-SHOP-103',
    environment: null,
    release: null,
    lifetimeEvents: 412,
    lifetimeUsers: 320,
    firstSeen: NOW - 60_000,
    lastSeen: NOW,
    status: 'unresolved',
    substatus: 'new',
    errorClass: 'TypeError',
    links: { issue: 'https://northwind.sentry.io/issues/5100000103/' },
  })
  t.match(sample('issue-assigned').facts.assignee, { type: 'user', id: '4712', name: 'Omar Haddad' })
  t.match(sample('issue-assigned').actor, { type: 'user', id: '4711', name: 'Marta Lindqvist' })
  t.match(sample('issue-resolved').facts, { resolvedInRelease: 'v2.4.2', resolution: 'in_release' })
  t.equal(sample('issue-unresolved').facts.substatus, 'regressed')
  t.match(sample('activity-regression').facts, { alertRule: 'Tell me when it changes', links: { alert: /alerts\/53/ } })
})

t.test('activity alerts follow the status; everything else they tell carries no alert', async t => {
  const intents: Record<string, string> = {
    status_resolved: 'resolve',
    status_resolved_in_release: 'resolve',
    status_resolved_by_age: 'resolve',
    status_unresolved: 'reopen',
    status_regression: 'reopen',
    status_escalating: 'reopen',
    status_ignored: 'mute',
    seer_coding_completed: 'nothing',
    appeared_in_pull_request: 'nothing',
    '': 'nothing',
  }
  for (const [type, intent] of Object.entries(intents)) {
    const data = { issue: { id: '5' }, activity: { type, details: { version: 'v3' } } }
    t.equal(signalOf('activity_alert', { action: 'triggered', data }).intent, intent, type)
  }
})

t.test('the time is the event time for events, the hook timestamp for lifecycle, and never nonsense', async t => {
  const event = eventPayload({ now: NOW - 90_000, issue: '5' })
  t.equal(signalOf('event_alert', eventAlert(event, 'New')).at, NOW - 90_000)
  const odd: [unknown, number][] = [
    ['2026-11-21T11:59:00+00:00', NOW - 60_000],
    ['2026-11-21T11:59:00.123456', NOW - 60_000 + 123],
    [(NOW - 60_000) / 1000, NOW - 60_000],
    [String((NOW - 60_000) / 1000), NOW - 60_000],
    [NOW - 60_000, NOW - 60_000],
    ['soon', NOW],
    [0, NOW],
    ['2036-01-01T00:00:00Z', NOW],
    [NOW + 601_000, NOW],
    [NOW + 599_000, NOW + 599_000],
    [null, NOW],
  ]
  for (const [datetime, at] of odd) {
    const signal = signalOf('error', errorCreated({ issue_id: '5', datetime }))
    t.equal(signal.at, at, String(datetime))
    t.equal(signal.facts.eventAt, at === NOW ? null : at)
  }
  const resolved = SAMPLES['issue-resolved']?.build(NOW - 50_000)
  t.equal(signalOf('issue', resolved).at, HOOK)
  t.equal(signalOf('issue', resolved, { hookTimestamp: null }).at, NOW - 50_000, 'last seen')
  t.equal(signalOf('issue', resolved, { hookTimestamp: NOW + 3_600_000 }).at, NOW - 50_000)
  t.equal(signalOf('issue', { action: 'created', data: { issue: { id: '5' } } }, { hookTimestamp: 1 }).at, NOW)
})

t.test('what we did in Sentry ourselves comes back and asks nothing', async t => {
  const ours = { type: 'application' as const, id: 'our-app-uuid', name: 'Tocsin' }
  const issue = issuePayload({ now: NOW, issue: '5' })
  t.equal(signalOf('issue', issueWebhook('resolved', issue, ours)).intent, 'nothing')
  t.equal(signalOf('issue', issueWebhook('resolved', issue, MARTA)).intent, 'resolve')
  const parsed = parseDelivery(delivery('issue', issueWebhook('resolved', issue, { ...ours, id: 'undefined' })), {
    hashUser: String,
  })
  t.match(parsed, { signal: { intent: 'resolve' } })
})

t.test('user feedback is attached to the issue it was given on', async t => {
  t.match(sample('feedback'), {
    subject: { issue: '5100000103' },
    facts: { category: 'feedback', feedbackOn: '5100000103', issue: '5100000110' },
  })
  const event = eventPayload({ now: NOW, issue: '9', contexts: { feedback: { associated_event_id: 'e'.repeat(32) } } })
  t.match(signalOf('event_alert', eventAlert(event, 'F')), { intent: 'attach', facts: { feedbackOn: 'e'.repeat(32) } })
  const created = issuePayload({ now: NOW, issue: '9', issueCategory: 'feedback', issueType: 'feedback' })
  t.equal(signalOf('issue', issueWebhook('created', created)).intent, 'attach')
  t.equal(signalOf('issue', issueWebhook('resolved', created)).intent, 'resolve')
})

t.test('settings chosen in Sentry come along as they are', async t => {
  const event = eventPayload({ now: NOW, issue: '5' })
  const settings = [
    { name: 'severity-ceiling', value: 'P2' },
    { name: 'userId', value: 1 },
    { value: 'nameless' },
    null,
  ]
  const body = eventAlert(event, 'New', settings as { name: string; value: string }[])
  t.strictSame(signalOf('event_alert', body).settings, { 'severity-ceiling': 'P2', userId: '1' })
  t.strictSame(sample('error-rate-critical').settings, { note: 'Ask the platform team first.' })
  const data = {
    issue: { id: '5' },
    activity: { type: 'status_ignored' },
    alert: { settings: [{ name: 'a', value: 'b' }] },
  }
  t.strictSame(signalOf('activity_alert', { action: 'triggered', data }).settings, { a: 'b' })
})

t.test('unknown resources and actions with an envelope are acknowledged and carry no alert', async t => {
  const known = issueWebhook('priority_changed', issuePayload({ now: NOW, issue: '5' }))
  t.equal(signalOf('issue', known).intent, 'nothing')
  t.equal(signalOf('hologram', { action: 'projected', data: {} }).intent, 'nothing')
  t.equal(signalOf('event_alert', { action: 'untriggered', data: { event: { issue_id: '5' } } }).intent, 'nothing')
  t.equal(signalOf('error', { action: 'deleted', data: { error: { issue_id: '5' } } }).intent, 'nothing')
  t.equal(signalOf('metric_alert', { action: 'muted', data: { metric_alert: { id: '5' } } }).intent, 'nothing')
})

t.test('without the resource header the body says what it is', async t => {
  for (const name of [
    'payment-failure',
    'crash-free-critical',
    'issue-created',
    'error-created',
    'activity-regression',
    'comment',
    'installation',
  ]) {
    const found = SAMPLES[name]
    t.equal(signalOf('', found?.build(NOW)).resource, found?.resource, name)
  }
  t.equal(signalOf('', { action: 'x', data: {} }).resource, 'unknown')
})

t.test('what cannot be read is quarantined with the path and what was expected', async t => {
  const cases: [resource: string, payload: unknown, path: string][] = [
    ['event_alert', SAMPLES.garbage?.build(NOW), ''],
    ['issue', '', ''],
    ['issue', '[]', ''],
    ['issue', '"text"', ''],
    ['issue', 'null', ''],
    ['issue', { data: {} }, '/action'],
    ['issue', { action: 'created' }, '/data'],
    ['issue', { action: 'created', data: [] }, '/data'],
    ['issue', SAMPLES['no-issue-id']?.build(NOW), '/data/issue/id'],
    ['issue', { action: 'created', data: { issue: { id: null } } }, '/data/issue/id'],
    ['issue', { action: 'created', data: { issue: '5' } }, '/data/issue/id'],
    ['activity_alert', { action: 'triggered', data: { activity: {} } }, '/data/issue/id'],
    ['event_alert', { action: 'triggered', data: { event: { title: 'x' } } }, '/data/event/issue_id'],
    ['error', { action: 'created', data: { error: [] } }, '/data/error/issue_id'],
    ['metric_alert', { action: 'critical', data: { metric_alert: { alert_rule: {} } } }, '/data/metric_alert'],
    ['metric_alert', { action: 'critical', data: {} }, '/data/metric_alert'],
  ]
  for (const [resource, payload, path] of cases) {
    const parsed = parseDelivery(delivery(resource, payload), context)
    t.match(parsed, { kind: 'quarantine', reason: /./, problems: [{ path, message: /./ }] }, JSON.stringify(payload))
  }
  t.equal(parseDelivery(delivery('issue', '/w==', { encoding: 'base64' }), context).kind, 'quarantine')
  t.equal(signalOf('event_alert', { action: 'triggered', data: { event: { event_id: 'e' } } }).subject.kind, 'none')
})

t.test('the parser never throws, whatever the JSON or the bytes', async () => {
  const resources = fc.constantFrom(
    'issue',
    'event_alert',
    'error',
    'metric_alert',
    'activity_alert',
    'comment',
    'seer',
    '',
    'x',
  )
  const known = fc.constantFrom(
    'issue',
    'event',
    'error',
    'metric_alert',
    'activity',
    'alert',
    'alert_rule',
    'tags',
    'occurrence',
    'exception',
    'values',
    'contexts',
    'user',
    'evidenceData',
    'dataSources',
    'id',
    'issue_id',
    '__proto__',
  )
  const { tree } = fc.letrec<{ tree: unknown }>(tie => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.jsonValue(),
      fc.dictionary(known, tie('tree'), { maxKeys: 5 }),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }))
  const body = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    tree.map(data => JSON.stringify({ action: 'triggered', data, actor: data })),
  )
  const run = (resource: string, text: string, encoding: 'utf8' | 'base64') => {
    const parsed = parseDelivery(delivery(resource, '', { body: text, encoding }), context)
    return parsed.kind === 'quarantine' || signalSchema.safeParse(parsed.signal).success
  }
  fc.assert(fc.property(resources, body, fc.constantFrom('utf8', 'base64'), run), { numRuns: 1_000 })
})

t.test('extra, unknown and null fields never lose the issue', async () => {
  const payloads = Object.entries(INTENTS).flatMap(([name]) => {
    const found = SAMPLES[name]
    const issue = found === undefined ? null : sample(name).facts.issue
    return found === undefined || issue === null || found.resource === 'seer' || found.resource === 'comment'
      ? []
      : [{ name, found, issue }]
  })
  const keep = new Set(['action', 'data', 'event', 'error', 'issue', 'id', 'issue_id', 'event_id'])
  const odd = fc.constantFrom(null, '60.0', 60.5, [], {}, true, 'x', [null], -1)
  fc.assert(
    fc.property(
      fc.constantFrom(...payloads),
      fc.array(odd, { minLength: 30, maxLength: 30 }),
      fc.integer({ min: 2, max: 9 }),
      (chosen, oddities, every) => {
        let turn = 0
        const body = JSON.stringify(JSON.parse(serialize(chosen.found.build(NOW))), (key, value: unknown) => {
          if (key === '' || keep.has(key) || /^\d+$/.test(key)) return value
          turn++
          return turn % every === 0 ? oddities[turn % oddities.length] : value
        }).replace('{"action"', '{"unknown":{"a":[1]},"action"')
        const signal = signalOf(chosen.found.resource, body)
        return signal.facts.issue === chosen.issue
      },
    ),
    { numRuns: 400 },
  )
})
