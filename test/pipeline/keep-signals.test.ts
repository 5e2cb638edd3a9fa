import t from 'tap'
import type { Outcome } from '../../src/pipeline/handle-signal.ts'
import { createKeepSignals } from '../../src/pipeline/keep-signals.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { createKeptStore } from '../../src/whatif/kept-store.ts'
import { makeSignal, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const DONE: Outcome = { outcome: 'nothing-to-do', reason: 'nothing is breached', incident: null, severity: null }

t.test('with Redis gone a signal goes its way; that it could not be kept is counted and said', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const client = redis.client()
  const counted: Record<string, number> = {}
  const logged: string[] = []
  const keeping = createKeepSignals({
    store: createKeptStore(client),
    keepMs: () => 86_400_000,
    kindOf: () => null,
    pages: () => false,
    onJudged() {},
    onKept(outcome, count) {
      counted[outcome] = (counted[outcome] ?? 0) + count
    },
    clock: { now: () => START },
    log: createLogger('debug', () => [], { write: line => void logged.push(line) }),
  })
  const handle = keeping.handleSignal(async () => DONE)
  t.same(await handle(makeSignal()), DONE)
  await keeping.flush()
  t.same(counted, { kept: 1 })

  client.disconnect()
  t.same(await handle(makeSignal()), DONE)
  await keeping.flush()
  t.same(counted, { kept: 1, failed: 1 })
  t.ok(logged.some(line => line.includes('could not be kept')))

  for (let n = 0; n < 5_001; n += 1) await handle(makeSignal())
  t.equal(counted['no-room'], 1, 'what waits is bounded')
})

t.test('a signal that fails is not kept, and its failure is the caller’s', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const store = createKeptStore(redis.client())
  const keeping = createKeepSignals({
    store,
    keepMs: () => 86_400_000,
    kindOf: () => null,
    pages: () => false,
    onJudged() {},
    onKept() {},
    clock: { now: () => START },
    log: createLogger('silent', () => []),
  })
  const handle = keeping.handleSignal(async () => {
    throw new Error('Redis is away')
  })
  await t.rejects(handle(makeSignal()), /away/)
  await keeping.flush()
  t.equal((await store.size(START)).bytes, 0)
})
