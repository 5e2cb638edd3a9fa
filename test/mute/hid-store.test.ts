import t from 'tap'
import { createHidStore } from '../../src/mute/hid-store.ts'
import { createInhibitorStore } from '../../src/mute/inhibitor-store.ts'
import { startTestRedis } from '../support/redis.ts'

const server = await startTestRedis()
t.teardown(() => server.stop())
const client = server.client()
t.beforeEach(() => client.flushall())

t.test('each incident counts once for what kept it quiet, the newest listed first', async t => {
  const hid = createHidStore(client)
  const by = { kind: 'silence' as const, id: 'sil_a' }
  t.equal(await hid.add(by, 'inc_1', 10), true)
  t.equal(await hid.add(by, 'inc_2', 20), true)
  t.equal(await hid.add(by, 'inc_1', 30), false)
  t.equal(await hid.count(by), 2)
  t.same(await hid.of(by, 10), {
    count: 2,
    incidents: [
      { incident: 'inc_2', at: 20 },
      { incident: 'inc_1', at: 10 },
    ],
  })
  t.equal((await hid.of(by, 1)).incidents.length, 1)
  t.same(await hid.of({ kind: 'maintenance', id: 'sil_a' }, 10), { count: 0, incidents: [] })
})

t.test('a source is found under what it shares with its targets, until it moves or ends', async t => {
  const store = createInhibitorStore(client)
  const [one, two] = [
    { rule: 'r', values: '["eu"]' },
    { rule: 'r', values: '["us"]' },
  ]
  await store.place('inc_1', [one], 10)
  await store.place('inc_2', [one, two], 5)
  t.same(await store.at(one), ['inc_2', 'inc_1'], 'oldest first')
  await store.place('inc_2', [two], 5)
  t.same(await store.at(one), ['inc_1'])
  await store.place('inc_1', [], 10)
  t.same(await store.at(one), [])
  t.same(await store.at(two), ['inc_2'])
})

t.test('whom a source holds back stays listed until it was told', async t => {
  const store = createInhibitorStore(client)
  await store.wait('inc_1', 'inc_2')
  await store.wait('inc_1', 'inc_3')
  t.same((await store.waiting('inc_1')).sort(), ['inc_2', 'inc_3'])
  await store.released('inc_1', 'inc_2')
  t.same(await store.waiting('inc_1'), ['inc_3'])
})
