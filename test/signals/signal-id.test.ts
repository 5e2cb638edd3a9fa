import t from 'tap'
import { laneOf } from '../../src/signals/lane.ts'
import { dedupeWindowMs, signalId } from '../../src/signals/signal-id.ts'

const told = { source: 'default', resource: 'event_alert', body: '{"a":1}', hookTimestamp: 1_000 }

t.test('the same thing told twice has the same id, whenever the event alert came', async t => {
  t.match(signalId(told), /^s-[0-9a-f]{32}$/)
  t.equal(signalId(told), signalId({ ...told, hookTimestamp: 2_000 }))
})

t.test('source, resource and body each make another id, and never run into each other', async t => {
  const ids = [told, { ...told, source: 'b' }, { ...told, resource: 'error' }, { ...told, body: '{"a":2}' }]
  const joined = [
    { ...told, source: 'a', resource: 'bc' },
    { ...told, source: 'ab', resource: 'c' },
  ]
  t.equal(new Set([...ids, ...joined].map(signalId)).size, 6)
})

t.test('the same bytes about a state are a new turn at another time, and a duplicate only for ten minutes', async t => {
  for (const resource of ['issue', 'metric_alert', 'activity_alert', '']) {
    t.not(signalId({ ...told, resource }), signalId({ ...told, resource, hookTimestamp: 2_000 }), resource)
    t.equal(dedupeWindowMs(resource), 600_000, resource)
  }
  t.equal(dedupeWindowMs('event_alert'), 86_400_000)
})

t.test('only error events go in the errors lane', async t => {
  t.equal(laneOf('error'), 'errors')
  for (const resource of ['issue', 'event_alert', 'metric_alert', 'errors', '']) t.equal(laneOf(resource), 'alerts')
})
