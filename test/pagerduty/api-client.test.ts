import t from 'tap'
import { createPagerdutyApi } from '../../src/pagerduty/api-client.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { startPagerdutyStandIn } from '../../src/sandbox/pagerduty-stand-in.ts'
import type { Fault } from '../../src/sandbox/stand-in-fault.ts'

const TOKEN = 'u+a-token-of-the-tests'
const clock = woundClock()
const provider = await startPagerdutyStandIn({ clock, apiToken: TOKEN })
const client = (about: object = {}) =>
  createPagerdutyApi({ url: provider.url, token: TOKEN, from: 'ops@example.com', timeoutMs: 2_000, clock, ...about })
t.teardown(() => provider.close())
t.beforeEach(() => {
  provider.heal()
  provider.clear()
})

async function trigger(dedup_key: string): Promise<string> {
  const payload = { summary: 's', source: 'web', severity: 'critical' }
  const body = JSON.stringify({ routing_key: 'R'.repeat(32), event_action: 'trigger', dedup_key, payload })
  await fetch(`${provider.url}/v2/enqueue`, { method: 'POST', body })
  return provider.incidents.of(dedup_key).id
}

t.test('finds an incident by our dedup key, with who changed it, and its alerts', async t => {
  const id = await trigger('k:g1')
  await trigger('other')
  provider.incidents.acknowledge(id)
  const found = await client().incidentsWith('k:g1')
  t.match(found, { ok: true, value: [{ id, status: 'acknowledged', acknowledged: { by: { name: 'Ada Lovelace' } } }] })
  t.match(await client().alertsOf(id), { ok: true, value: [{ dedupKey: 'k:g1', status: 'triggered' }] })
  t.match(await client().setStatus(id, 'resolved'), { ok: true })
  t.match(await client().incidentsWith('k:g1'), {
    ok: true,
    value: [{ status: 'resolved', acknowledged: null, changedBy: { kind: 'person' } }],
  })
  t.match(await client().incidentsWith('nothing'), { ok: true, value: [] })
})

t.test('a merged incident names the one it was merged into, which holds our alert from then on', async t => {
  const [from, into] = [await trigger('a'), await trigger('b')]
  provider.incidents.merge(from, into)
  t.match(await client().incidentsWith('a'), { ok: true, value: [{ id: into, mergedInto: null }] })
})

t.test('every failure is an answer in words, without the token', async t => {
  const faults: [Fault, boolean][] = [
    [{ kind: 'status', status: 500 }, true],
    [{ kind: 'status', status: 401 }, false],
    [{ kind: 'status', status: 302, headers: { location: 'https://evil.example/' } }, false],
    [{ kind: 'status', status: 403, body: `{"error":{"message":"no such ${TOKEN}"}}` }, false],
    [{ kind: 'hang' }, true],
    [{ kind: 'reset' }, true],
    [{ kind: 'truncated' }, true],
    [{ kind: 'html' }, true],
  ]
  const id = await trigger('k')
  for (const [fault, again] of faults) {
    provider.fail(fault, 1)
    const answer = await client().alertsOf(id)
    t.match(answer, { ok: false, again, reason: /PagerDuty/ }, JSON.stringify(fault))
    t.notMatch(JSON.stringify(answer), TOKEN)
  }
  t.match(await client({ token: 'another' }).alertsOf(id), { ok: false, reason: /401.*PAGERDUTY_API_TOKEN/ })
  t.match(await client({ url: 'http://127.0.0.1:40404' }).alertsOf(id), {
    ok: false,
    again: true,
    reason: /ECONNREFUSED/,
  })
  t.match(await client({ from: null }).setStatus(id, 'resolved'), { ok: false, reason: /PAGERDUTY_FROM/ })
})

t.test('after a 429 nothing is asked until PagerDuty said it may be', async t => {
  const api = client()
  const id = await trigger('k')
  provider.fail({ kind: 'status', status: 429, headers: { 'ratelimit-reset': '7' } }, 1)
  t.match(await api.alertsOf(id), { ok: false, again: true })
  const asked = provider.asks.length
  t.match(await api.alertsOf(id), { ok: false, again: true })
  t.equal(provider.asks.length, asked)
  clock.wind(7_000)
  t.match(await api.alertsOf(id), { ok: true })
})
