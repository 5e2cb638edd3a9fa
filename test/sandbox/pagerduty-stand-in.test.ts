import t from 'tap'
import { startPagerdutyStandIn } from '../../src/sandbox/pagerduty-stand-in.ts'

const routing_key = 'R'.repeat(32)
const payload = { summary: 's', source: 'web', severity: 'critical' }
const standIn = await startPagerdutyStandIn({ clock: { now: () => 1_000 } })
t.teardown(() => standIn.close())
t.beforeEach(() => standIn.clear())

async function post(body: unknown, path = '/v2/enqueue'): Promise<{ status: number; body: unknown }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(standIn.url + path, { method: 'POST', body: text })
  return { status: response.status, body: await response.json().catch(() => null) }
}
const act = (event_action: string, dedup_key?: string) => post({ routing_key, event_action, dedup_key, payload })

t.test('a trigger opens one alert, the next attaches, acknowledge and resolve move it on', async t => {
  t.same(await act('trigger', 'k'), {
    status: 202,
    body: { status: 'success', message: 'Event processed', dedup_key: 'k' },
  })
  await act('trigger', 'k')
  await act('acknowledge', 'k')
  t.match(standIn.openAlerts(), [{ dedupKey: 'k', status: 'acknowledged' }])
  await act('resolve', 'k')
  t.same(standIn.openAlerts(), [])
  t.match(standIn.alerts, [{ status: 'resolved', log: [{}, {}, {}, { action: 'resolve', at: 1_000 }] }])
})

t.test('a trigger after the resolve is a new alert; another routing key is another alert', async t => {
  await act('trigger', 'k')
  await act('resolve', 'k')
  await act('trigger', 'k')
  await post({ routing_key: 'S'.repeat(32), event_action: 'trigger', dedup_key: 'k', payload })
  t.equal(standIn.alerts.length, 3)
  t.equal(standIn.openAlerts().length, 2)
})

t.test('acknowledge and resolve of nothing are taken and do nothing', async t => {
  t.equal((await act('acknowledge', 'none')).status, 202)
  t.equal((await act('resolve', 'none')).status, 202)
  t.equal(standIn.alerts.length, 0)
})

t.test('a trigger without a dedup key is given one', async t => {
  t.match((await act('trigger')).body, { dedup_key: /.+/ })
})

t.test('what PagerDuty refuses is refused, and nothing is opened', async t => {
  const bad: [unknown, RegExp][] = [
    ['{', /expected object/],
    [{ routing_key: 'short', event_action: 'trigger', payload }, /should be 32 characters/],
    [{ routing_key, event_action: 'explode', payload }, /event_action/],
    [{ routing_key, event_action: 'trigger' }, /payload/],
    [{ routing_key, event_action: 'resolve' }, /dedup_key/],
    [{ routing_key, event_action: 'trigger', dedup_key: 'x'.repeat(256), payload }, /dedup_key/],
    [{ routing_key, event_action: 'trigger', payload: { ...payload, summary: 'x'.repeat(1_025) } }, /summary/],
    [{ routing_key, event_action: 'trigger', payload: { ...payload, summary: '\ud800' } }, /summary/],
    [{ routing_key, event_action: 'trigger', payload: { ...payload, severity: 'P0' } }, /severity/],
    [
      { routing_key, event_action: 'trigger', payload: { ...payload, custom_details: { x: 'x'.repeat(512_000) } } },
      /512 KB/,
    ],
  ]
  for (const [body, problem] of bad) {
    const answer = await post(body)
    t.equal(answer.status, 400)
    t.match(JSON.stringify(answer.body), problem)
  }
  t.equal((await post({}, '/elsewhere')).status, 404)
  t.equal(standIn.alerts.length, 0)
  t.equal((await fetch(`${standIn.url}/v2/enqueue`, { method: 'POST', body: 'x'.repeat(2_100_000) })).status, 413)
})

t.test('faults last as many requests as asked, or until healed', async t => {
  standIn.fail({ kind: 'status', status: 429 }, 2)
  t.same(
    [(await act('trigger', 'a')).status, (await act('trigger', 'a')).status, (await act('trigger', 'a')).status],
    [429, 429, 202],
  )
  standIn.fail({ kind: 'status', status: 429, body: null })
  t.same(await act('trigger', 'b'), { status: 429, body: null })
  standIn.heal()
  t.equal((await act('trigger', 'b')).status, 202)
  standIn.fail({ kind: 'accept-then-reset' }, 1)
  await t.rejects(act('trigger', 'c'))
  t.equal(standIn.openAlerts().length, 3)
  standIn.fail({ kind: 'slow', ms: 1 }, 1)
  t.equal((await act('trigger', 'd')).status, 202)
})
