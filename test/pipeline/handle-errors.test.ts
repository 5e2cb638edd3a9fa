import t from 'tap'
import type { WindowsStore } from '../../src/measure/windows-store.ts'
import { createHandleErrors } from '../../src/pipeline/handle-errors.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'
import type { Delivery, DeliveryRecord } from '../../src/signals/delivery.ts'
import { makeCounts } from '../support/counts.ts'
import { makeEvent, SECOND, START } from '../support/make.ts'

const revision = { number: 1, at: START, author: 'test', document: defaultRules({ pagerduty: true, slack: true }) }
const delivery: Delivery = {
  id: 'd-0',
  source: 'default',
  resource: 'error',
  hookTimestamp: START,
  receivedAt: START,
  body: '{}',
  encoding: 'utf8',
  attempt: 0,
}

/** Error events that lose data; judging them goes as `judgings` say. */
function errorsWith(judgings: ('fails' | 'opens')[]) {
  const records: DeliveryRecord[] = []
  let now = START
  let seen = 0
  const signal = makeEvent(START, { tags: { data_loss: 'true' } }, { resource: 'error', intent: 'count' })
  const handle = createHandleErrors({
    parse: () => ({ kind: 'signal', signal }),
    windows: {
      observe: async () => [makeCounts({ events: 1, users: 1, duplicate: seen++ > 0 })],
    } as unknown as WindowsStore,
    rules: () => revision as never,
    quarantine: async () => {},
    recordMany: async more => void records.push(...more),
    handleSignal: async () => {
      if (judgings.shift() === 'fails') throw new Error('Redis went away')
      return { outcome: 'opened', reason: 'data loss', incident: 'inc_1', severity: 'P0' }
    },
    onHandled: () => {},
    clock: { now: () => now },
  } as Parameters<typeof createHandleErrors>[0])
  return {
    handle: () => handle([delivery]),
    records,
    wind: (ms: number) => {
      now += ms
    },
  }
}

t.test('an event whose judging failed is judged at its next attempt, however soon', async t => {
  const { handle, records } = errorsWith(['fails', 'opens'])
  await t.rejects(handle(), /Redis went away/)
  await handle()
  t.match(records, [{ outcome: 'opened', severity: 'P0' }], 'not taken for a repeat of what was never judged')
})

t.test('the same issue and rule is judged again only after 30 s', async t => {
  const { handle, records, wind } = errorsWith(['opens', 'opens'])
  await handle()
  wind(29 * SECOND)
  await handle()
  wind(SECOND)
  await handle()
  t.same(
    records.map(record => record.outcome),
    ['opened', 'duplicate', 'opened'],
  )
})
