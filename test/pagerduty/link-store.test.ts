import t from 'tap'
import { createLinkStore } from '../../src/pagerduty/link-store.ts'
import type { PagerdutyWord } from '../../src/pagerduty/word.ts'
import { startTestRedis } from '../support/redis.ts'

const server = await startTestRedis()
const links = createLinkStore(server.client())
t.teardown(() => server.stop())

const word = (id: string): PagerdutyWord => ({
  ...{ id, type: 'acknowledged', at: 1, incident: 'Q9', clientUrl: null, openedAt: null, mergedInto: null },
  ...{ agent: { id: null, name: 'Ada', kind: 'person' }, assignees: [], text: null },
})

t.test('an incident at PagerDuty leads to every one of ours that it holds, in its life', async t => {
  const one = { incident: 'inc_1', generation: 1, destination: 'oncall' }
  const two = { incident: 'inc_2', generation: 3, destination: null }
  for (const link of [one, two, one]) await links.link('Q1', link)
  t.same(
    (await links.linksOf('Q1')).toSorted((a, b) => (a.incident < b.incident ? -1 : 1)),
    [one, two],
  )
  t.same(await links.linksOf('Q2'), [])
})

t.test('what is older than the newest is late; the same may be told again', async t => {
  t.ok(await links.isNewest('Q1', 'inc_1', 1_000, 'a'))
  t.ok(await links.isNewest('Q1', 'inc_1', 1_000, 'a'))
  t.ok(await links.isNewest('Q1', 'inc_1', 2_000, 'b c'))
  t.notOk(await links.isNewest('Q1', 'inc_1', 1_000, 'a'))
  t.ok(await links.isNewest('Q1', 'inc_1', 2_000, 'b c'))
  t.ok(await links.isNewest('Q2', 'inc_1', 1_000, 'a'), 'each incident by itself')
  t.ok(await links.isNewest('Q1', 'inc_2', 1_000, 'a'), 'and what it means for each of ours')
  t.equal(await links.lastWord('Q9'), null)
  for (const at of [2, 3, 1]) await links.remember({ ...word(`at-${at}`), at })
  t.equal((await links.lastWord('Q9'))?.id, 'at-3')
})

t.test(
  'a page that PagerDuty was ever known to have is not lost; what was done about one that is, is counted',
  async t => {
    t.ok(await links.wasMet('inc_2', 3))
    t.notOk(await links.wasMet('inc_2', 2))
    t.equal(await links.timesLost('inc_2 3'), 0)
    await links.countLost('inc_2 3')
    t.equal(await links.timesLost('inc_2 3'), 1)
  },
)

t.test('what came too early waits in order, and not without bound', async t => {
  for (let n = 0; n < 25; n++) await links.park(word(`w${n}`))
  const parked = await links.parked('Q9')
  t.equal(parked.length, 20)
  t.equal(parked[0]?.id, 'w5')
  await links.unpark('Q9', 19)
  t.match(await links.parked('Q9'), [{ id: 'w24' }])
})

t.test('our own changes are remembered by what they were', async t => {
  await links.changedByUs('Q1', 'resolved')
  t.ok(await links.wasChangedByUs('Q1', 'resolved'))
  t.notOk(await links.wasChangedByUs('Q1', 'acknowledged'))
})

t.test('a round is taken once in its time', async t => {
  t.ok(await links.takeRound(1_000, 500))
  t.notOk(await links.takeRound(1_499, 500))
  t.ok(await links.takeRound(1_500, 500))
})
