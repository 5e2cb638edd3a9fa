import t from 'tap'
import { fingerprint } from '../../src/deliver/fingerprint.ts'
import { createPagerdutyNotifier } from '../../src/pagerduty/notifier.ts'
import { createEventSender } from '../../src/pagerduty/send-event.ts'
import { startPagerdutyStandIn } from '../../src/sandbox/pagerduty-stand-in.ts'
import { sampleIncident, sampleMessage } from '../contracts/sample-message.ts'

const routingKey = 'R0123456789abcdef0123456789abcde'
const provider = await startPagerdutyStandIn()
const notifier = createPagerdutyNotifier({ timeoutMs: 2_000 })
const to = {
  destination: { id: 'oncall', name: 'On call', fallback: null, kind: 'pagerduty' as const, url: provider.url },
  secret: { routingKey },
}
const reference = (dedupKey: string, key = routingKey) => ({
  provider: 'pagerduty' as const,
  dedupKey,
  routingKeyId: fingerprint(key),
})
const resolved = sampleIncident({ status: 'resolved', resolvedAt: 1, resolvedBy: 'sentry' })

t.beforeEach(() => {
  provider.heal()
  provider.clear()
})
t.teardown(async () => {
  await notifier.close()
  await provider.close()
})

t.test('open, raise and fallback are triggers of one alert; resolve closes it', async t => {
  for (const kind of ['open', 'raise', 'fallback'] as const)
    t.match(await notifier.send(sampleMessage(to, { kind })), {
      outcome: 'sent',
      reference: reference('v1:issue:default:4711:g1'),
    })
  t.equal(provider.alerts.length, 1)
  const message = sampleMessage(
    to,
    { kind: 'resolve' },
    { incident: resolved, reference: reference('v1:issue:default:4711:g1') },
  )
  t.equal((await notifier.send(message)).outcome, 'sent')
  t.same(provider.openAlerts(), [])
  t.same(
    provider.alerts[0]?.log.map(entry => entry.action),
    ['trigger', 'trigger', 'trigger', 'resolve'],
  )
})

t.test('a later life is a new alert', async t => {
  await notifier.send(sampleMessage(to))
  await notifier.send(sampleMessage(to, { generation: 2 }, { incident: sampleIncident({ generation: 2 }) }))
  t.same(
    provider.openAlerts().map(alert => alert.dedupKey),
    ['v1:issue:default:4711:g1', 'v1:issue:default:4711:g2'],
  )
})

t.test('a trigger that its resolve has overtaken pages nobody', async t => {
  t.match(await notifier.send(sampleMessage(to, {}, { incident: resolved })), {
    outcome: 'dropped',
    reason: /resolved/,
  })
  t.match(await notifier.send(sampleMessage(to, {}, { incident: sampleIncident({ generation: 2 }) })), {
    outcome: 'dropped',
    reason: /later life/,
  })
  t.equal(provider.requests.length, 0)
})

t.test(
  'a page that was taken without an answer is known to be perhaps there, and is closed when its incident is over',
  async t => {
    provider.fail({ kind: 'accept-then-reset' }, 1)
    const first = await notifier.send(sampleMessage(to))
    t.match(first, { outcome: 'retry', ambiguous: true, reference: reference('v1:issue:default:4711:g1') })
    t.equal(provider.openAlerts().length, 1)
    t.equal((await notifier.send(sampleMessage(to, { ambiguous: true }, { incident: resolved }))).outcome, 'dropped')
    t.same(provider.openAlerts(), [])
    provider.fail({ kind: 'status', status: 500 }, 1)
    const perhaps = { reference: reference('v1:issue:default:4711:g1') }
    for (const incident of [resolved, sampleIncident()]) {
      provider.fail({ kind: 'status', status: 500 }, 1)
      const failed = await notifier.send(sampleMessage(to, { ambiguous: true }, { incident }))
      t.match(failed, { outcome: 'retry', ...perhaps }, 'a resolve finds it, also when this one is given up')
      provider.fail({ kind: 'status', status: 400 }, 1)
      const refused = await notifier.send(sampleMessage(to, { ambiguous: true }, { incident }))
      t.match(refused, { outcome: 'permanent', ...perhaps })
    }
    provider.fail({ kind: 'status', status: 400 }, 1)
    const never = await notifier.send(sampleMessage(to))
    t.notOk('reference' in never, 'what was refused at its only attempt is not there')
  },
)

t.test('resolve reaches every alert that was opened, once each', async t => {
  const incident = { incident: resolved, reference: reference('b'), references: [reference('a'), reference('b')] }
  t.equal((await notifier.send(sampleMessage(to, { kind: 'resolve' }, incident))).outcome, 'sent')
  t.same(provider.requests.map(request => (request.body as { dedup_key: string }).dedup_key).sort(), ['a', 'b'])
  provider.fail({ kind: 'status', status: 503 }, 1)
  t.equal((await notifier.send(sampleMessage(to, { kind: 'resolve' }, incident))).outcome, 'retry')
})

t.test('after the routing key was changed a resolve says that a person must close the alert', async t => {
  const references = [reference('old', 'another key'), reference('new')]
  const result = await notifier.send(sampleMessage(to, { kind: 'resolve' }, { incident: resolved, references }))
  t.match(result, {
    outcome: 'permanent',
    code: 'routing_key_rotated',
    message: /close alert old by hand/,
    ofItsOwn: true,
  })
  t.equal(provider.requests.length, 1)
})

t.test('a resolve is dropped when its incident was reopened meanwhile', async t => {
  const result = await notifier.send(sampleMessage(to, { kind: 'resolve' }, { reference: reference('a') }))
  t.match(result, { outcome: 'dropped', reason: /reopened/ })
  t.equal(provider.requests.length, 0)
})

t.test('a resolve that may have been taken before it was reopened is made certain', async t => {
  const result = await notifier.send(
    sampleMessage(to, { kind: 'resolve', ambiguous: true }, { reference: reference('a') }),
  )
  t.equal(result.outcome, 'sent', 'or the page of a later step would find its alert closed or open as chance has it')
  t.match(provider.requests, [{ body: { event_action: 'resolve', dedup_key: 'a' } }])
})

t.test('an edit sends nothing', async t => {
  t.match(await notifier.send(sampleMessage(to, { kind: 'edit' }, { reference: reference('a') })), {
    outcome: 'dropped',
    reason: /not edited/,
  })
  t.equal(provider.requests.length, 0)
})

t.test('an open page is brought up to date under its key; where none is open nothing is sent', async t => {
  const sent = await notifier.send(sampleMessage(to))
  const open = reference('v1:issue:default:4711:g1')
  t.match(sent, { outcome: 'sent', reference: open })
  const update = (about: object) => notifier.send(sampleMessage(to, { kind: 'update' }, about))
  t.match(await update({ reference: open }), { outcome: 'sent', reference: open })
  t.same(
    provider.alerts.map(alert => alert.log.map(entry => entry.action)),
    [['trigger', 'trigger']],
    'one alert, told twice',
  )
  provider.requests.length = 0
  t.match(await update({ reference: null }), { outcome: 'dropped', reason: /no alert/ })
  t.match(await update({ reference: reference(open.dedupKey, 'another key') }), { outcome: 'dropped' })
  t.match(await update({ reference: open, incident: resolved }), { outcome: 'dropped', reason: /resolved/ })
  t.match(await update({ reference: open, incident: sampleIncident({ generation: 2 }) }), { outcome: 'dropped' })
  t.match(await update({ reference: open, incident: null }), { outcome: 'dropped' })
  t.equal(provider.requests.length, 0)
})

t.test('an acknowledgement reaches the alert that was opened, and only while somebody answers for it', async t => {
  await notifier.send(sampleMessage(to))
  const open = reference('v1:issue:default:4711:g1')
  const by = { via: 'slack' as const, at: null, id: 'U1', name: 'Ada' }
  const answered = sampleIncident({ status: 'acknowledged', acknowledgedAt: 1, acknowledgedBy: by })
  const tell = (incident = answered, about: object = { reference: open }) =>
    notifier.send(sampleMessage(to, { kind: 'acknowledge' }, { incident, ...about }))
  t.match(await tell(), { outcome: 'sent' })
  t.match(provider.openAlerts(), [{ status: 'acknowledged' }])

  provider.requests.length = 0
  t.match(await tell(answered, { reference: null }), { outcome: 'dropped', reason: /never paged/ })
  t.match(await tell(sampleIncident()), { outcome: 'dropped', reason: /any more/ })
  t.match(await tell(resolved), { outcome: 'dropped' })
  t.match(await tell(sampleIncident({ ...answered, generation: 2 })), { outcome: 'dropped' })
  const there = { ...by, via: 'pagerduty' as const, at: 'oncall' }
  t.match(await tell(sampleIncident({ ...answered, acknowledgedBy: there })), {
    outcome: 'dropped',
    reason: /acknowledged there/,
  })
  t.equal(provider.requests.length, 0)
  t.match(await tell(answered, { reference: reference('old', 'another key') }), {
    outcome: 'permanent',
    code: 'routing_key_rotated',
    message: /acknowledge alert old by hand/,
  })
})

t.test('a later step pages, unless somebody answers by then; lines of a thread and writes are not for it', async t => {
  t.match(await notifier.send(sampleMessage(to, { kind: 'step', step: 1 })), { outcome: 'sent' })
  t.equal(provider.openAlerts().length, 1)
  const answered = sampleIncident({ status: 'acknowledged', acknowledgedAt: 1 })
  t.match(await notifier.send(sampleMessage(to, { kind: 'step', step: 1 }, { incident: answered })), {
    outcome: 'dropped',
    reason: /answers/,
  })
  for (const kind of ['thread', 'write'] as const)
    t.match(await notifier.send(sampleMessage(to, { kind }, { reference: reference('a') })), { outcome: 'dropped' })
  t.equal(provider.requests.length, 1)
})

t.test('a test page resolves itself', async t => {
  const test = sampleMessage(to, { kind: 'test', id: 'n-test-1' }, { incident: null })
  t.match(await notifier.send(test), { outcome: 'sent', reference: reference('tocsin:test:n-test-1') })
  t.same(provider.openAlerts(), [])
  t.equal(provider.alerts.length, 1)
})

t.test('a wrong routing key is a permanent error that says so, without the key', async t => {
  const message = sampleMessage({ ...to, secret: { routingKey: 'too-short-a-key' } })
  const result = await notifier.send(message)
  t.match(result, { outcome: 'permanent', code: 'http_400', message: /should be 32 characters.*check the destination/ })
  provider.fail({ kind: 'status', status: 400, body: JSON.stringify({ message: `bad ${routingKey}` }) }, 1)
  const echoed = await notifier.send(sampleMessage(to))
  t.notMatch(JSON.stringify(echoed), routingKey)
})

t.test('plain http beyond loopback is refused before a byte leaves', async t => {
  const destination = { ...to.destination, url: 'http://events.pagerduty.com' }
  t.match(await notifier.send(sampleMessage({ ...to, destination })), { outcome: 'permanent', code: 'bad_url' })
})

t.test('nobody there: retry, and certainly not accepted', async t => {
  const gone = await startPagerdutyStandIn()
  await gone.close()
  const destination = { ...to.destination, url: gone.url }
  t.match(await notifier.send(sampleMessage({ ...to, destination })), {
    outcome: 'retry',
    code: 'network_ECONNREFUSED',
    ambiguous: false,
  })
})

t.test('an answer that comes in time counts, one that comes late does not', async t => {
  provider.fail({ kind: 'slow', ms: 20 }, 1)
  t.equal((await notifier.send(sampleMessage(to))).outcome, 'sent')
  const hasty = createEventSender({ timeoutMs: 30 })
  provider.fail({ kind: 'slow', ms: 5_000 }, 1)
  const endpoint = { ok: true as const, server: new URL(provider.url).host, tls: false }
  const answer = await hasty.send({ routing_key: routingKey, event_action: 'resolve', dedup_key: 'x' }, endpoint)
  t.same(answer, { kind: 'unanswered', code: 'timeout', reached: true })
  hasty.close()
})

t.test('a page that cannot be made of its incident is answered, not thrown', async t => {
  const broken = sampleIncident({ openedAt: Number.NaN })
  t.match(await notifier.send(sampleMessage(to, {}, { incident: broken })), { outcome: 'retry', code: 'internal' })
})

t.test('the pace stays within 120 a minute in any minute', async t => {
  const { intervalMs, burst, key } = notifier.pacing(to.destination, to.secret)
  t.notMatch(key, routingKey)
  t.ok(burst + Math.ceil(60_000 / intervalMs) <= 118, 'with room for the second event of a test')
})
