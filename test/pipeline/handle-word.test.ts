import t from 'tap'
import { createHandleWord, type Heard, outcomeOfAct } from '../../src/pipeline/handle-word.ts'
import type { Delivery, DeliveryRecord } from '../../src/signals/delivery.ts'

const delivery = (id: string, about: Partial<Delivery> = {}): Delivery => ({
  ...{
    id,
    source: 'pagerduty',
    resource: 'pagerduty',
    via: 'pagerduty',
    hookTimestamp: null,
    receivedAt: 1,
    attempt: 0,
  },
  ...{ body: '{}', encoding: 'utf8' },
  ...about,
})

function world(heard: Heard) {
  const records: DeliveryRecord[] = []
  const quarantined: string[] = []
  const claims = new Map<string, string>()
  const handle = createHandleWord({
    hear: { pagerduty: () => heard },
    async claimFirst(name, id) {
      const first = claims.get(name) ?? id
      claims.set(name, first)
      return first === id ? null : first
    },
    quarantine: async (_delivery, reason) => void quarantined.push(reason),
    record: async record => void records.push(record),
    onHandled() {},
    clock: { now: () => 5 },
  })
  return { handle, records, quarantined }
}

t.test('a word is obeyed once, a repeat under any of its names is a duplicate', async t => {
  let obeyed = 0
  const names = ['body', 'event']
  const { handle, records } = world({
    ...{ kind: 'word', action: 'incident.acknowledged', names },
    async obey() {
      obeyed += 1
      return { outcome: 'attached', reason: 'acknowledged', incident: 'inc_1', severity: 'P0' }
    },
  })
  await handle(delivery('a'))
  names[0] = 'another body'
  await handle(delivery('b'))
  t.equal(obeyed, 1)
  t.match(records, [
    { id: 'a', action: 'incident.acknowledged', outcome: 'attached', incident: 'inc_1', handledAt: 5 },
    { id: 'b', outcome: 'duplicate', reason: 'the same as delivery a' },
  ])
  names[0] = 'body'
  await handle(delivery('a'))
  t.equal(obeyed, 2, 'the same delivery, tried again after a crash, is no duplicate of itself')
})

t.test('garbage, and what nobody reads, is kept for a person', async t => {
  const { handle, records, quarantined } = world({ kind: 'garbage', reason: 'not JSON', problems: [] })
  await handle(delivery('a'))
  await handle(delivery('b', { via: 'slack' }))
  t.same(quarantined, ['not JSON', 'nobody here reads it'])
  t.match(records, [{ outcome: 'quarantined', action: null }, { outcome: 'quarantined' }])
})

t.test('what came of an act is the outcome of its delivery', async t => {
  const applied = { reason: 'r', incident: 'inc_1', severity: 'P0' as const, repeated: false, owed: [] }
  const outcomes = (['none', 'resolve', 'reopen', 'raise', 'acknowledge'] as const).map(
    action => outcomeOfAct({ ...applied, action }).outcome,
  )
  t.same(outcomes, ['nothing-to-do', 'resolved', 'opened', 'raised', 'attached'])
})
