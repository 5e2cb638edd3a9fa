import t from 'tap'
import { afterFailure, CLOSED, FAILING_MS, FAILURES, PROBE_MS, probeWaitMs } from '../../src/deliver/circuit.ts'
import { createCircuitStore } from '../../src/deliver/circuit-store.ts'
import { SECOND, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const server = await startTestRedis()
t.teardown(() => server.stop())
const [here, there] = [createCircuitStore(server.client()), createCircuitStore(server.client())]

async function failFor(destination: string, times: number, ms: number) {
  const turned: (string | null)[] = []
  for (let i = 0; i < times; i++) {
    const at = START + Math.round((ms * i) / (times - 1))
    turned.push(await (i % 2 === 0 ? here : there).failed(destination, 'it answered 500', at))
  }
  return turned
}

t.test('five failures over two minutes open it, once, whichever process saw them', async t => {
  t.same(await failFor('a', FAILURES, FAILING_MS), [null, null, null, null, 'opened'])
  t.equal(await here.failed('a', 'again', START + FAILING_MS), null, 'it is open already')
})

t.test('many failures in a short time, or few over a long one, do not', async t => {
  t.same((await failFor('b', 20, FAILING_MS - 1)).filter(Boolean), [])
  t.same((await failFor('c', FAILURES - 1, 3 * FAILING_MS)).filter(Boolean), [])
})

t.test('one that is taken in between begins the row anew', async t => {
  await failFor('d', FAILURES - 1, FAILING_MS)
  t.equal(await there.succeeded('d'), null)
  t.equal(await here.failed('d', 'it answered 500', START + FAILING_MS), null)
  t.equal(await here.admit('d', START + FAILING_MS), 0)
})

t.test('while it is open one of many is let through each 30 seconds; the first that is taken closes it', async t => {
  await failFor('e', FAILURES, FAILING_MS)
  const opened = START + FAILING_MS
  t.equal(await here.admit('e', opened), PROBE_MS)
  t.equal(await there.admit('e', opened + 10 * SECOND), PROBE_MS - 10 * SECOND)
  const asked = await Promise.all(
    Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? here : there).admit('e', opened + PROBE_MS)),
  )
  t.equal(asked.filter(wait => wait === 0).length, 1)
  await there.refresh()
  t.match(there.open(), [{ destination: 'a' }, { destination: 'e', circuit: { lastError: 'it answered 500' } }])
  t.equal(await here.succeeded('e'), 'closed')
  t.equal(await here.succeeded('e'), null)
  t.equal(await there.admit('e', opened + PROBE_MS + 1), 0)
  await there.refresh()
  t.match(there.view('e'), CLOSED)
})

t.test('forgotten, it works as far as anybody knows', async t => {
  await failFor('f', FAILURES, FAILING_MS)
  await there.forget('f')
  t.equal(await here.admit('f', START + FAILING_MS), 0)
})

t.test('a probe that fails leaves it open for another 30 seconds', async t => {
  const open = { ...CLOSED, failures: 9, failingSince: START, openedAt: START, probeAt: START }
  const next = afterFailure(open, 'still', START + SECOND)
  t.match(next, { openedAt: START, failures: 10, lastError: 'still' })
  t.equal(probeWaitMs(next, START + SECOND), PROBE_MS)
})
