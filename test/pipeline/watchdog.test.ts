import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createHeartbeat } from '../../src/heartbeat.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { createIncidentStore } from '../../src/incidents/incident-store.ts'
import { createEscalate } from '../../src/pipeline/escalate.ts'
import { type Ailment, ailmentOf, createWatchdog } from '../../src/pipeline/watchdog.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { stepAt } from '../../src/route/steps-due.ts'
import { MINUTE, makeEscalation, makeIncident, SECOND, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const DUE = START + 15 * MINUTE
const waiting = (change: Partial<Incident> = {}): Incident => {
  const incident = makeIncident({ escalations: [{ ...makeEscalation('page'), dueAt: DUE }], ...change })
  return 'stepAt' in change ? incident : { ...incident, stepAt: stepAt(incident) }
}

const twoSteps = { ...makeEscalation('page'), dueAt: DUE }
twoSteps.steps.push({ after: 'PT15M', within: 'always', targets: [{ destination: 'post', mention: null }] })

t.test('what is wrong with an escalation', async t => {
  const now = START + 10 * MINUTE
  const cases: [string, Incident, number | null, number, Ailment | null][] = [
    ['its timer is there', waiting(), DUE, now, null],
    ['it has been due for a moment', waiting(), DUE, DUE + 30 * SECOND, null],
    ['it was taken up to be told', waiting(), DUE + 30 * SECOND, DUE + 2 * SECOND, null],
    ['it is overdue', waiting(), DUE, DUE + MINUTE + 1, 'overdue'],
    ['nothing would look', waiting(), null, now, 'no-timer'],
    ['a step is left and the incident waits for none', waiting({ stepAt: null }), null, now, 'no-timer'],
    ['it waits for another time than its step', waiting({ stepAt: DUE + MINUTE }), DUE, now, 'wrong-timer'],
    ['somebody would look far too late', waiting(), DUE + 5 * MINUTE, now, 'wrong-timer'],
    ['it changed this moment: its index follows', waiting({ updatedAt: now }), null, now, null],
    [
      'it began at a time still to come: the clock was set back',
      waiting({ escalations: [twoSteps] }),
      DUE,
      START - 24 * 60 * MINUTE,
      'wrong-timer',
    ],
    ['nobody is waited for', waiting({ status: 'resolved' }), null, now, null],
  ]
  for (const [name, incident, timer, at, ailment] of cases) t.equal(ailmentOf(incident, timer, at), ailment, name)
})

const server = await startTestRedis()
t.teardown(() => server.stop())

/** One process, whose steps are told by being counted. */
async function startProcess(beat = async () => {}) {
  const redis = server.client()
  await redis.flushall()
  const incidents = createIncidentStore(redis)
  const clock = woundClock({ now: () => START + 10 * MINUTE })
  const applied: string[] = []
  const repaired: Ailment[] = []
  const looked: boolean[] = []
  const deps = {
    incidents,
    apply: async (id: string) => {
      applied.push(id)
      return { action: 'none' as const, reason: '', incident: id, severity: null, repeated: false }
    },
    clock,
    log: createLogger('silent', () => []),
  }
  const watchdog = createWatchdog({
    ...deps,
    onRepaired: what => repaired.push(what),
    async onLooked(healthy) {
      looked.push(healthy)
      if (healthy) await beat()
    },
  })
  async function put(next: Incident): Promise<Incident> {
    await incidents.commit({ expected: next.rev - 1, next, entries: [], owed: [], signal: null, judgedBy: null })
    await incidents.index(next)
    return next
  }
  return { redis, incidents, clock, applied, repaired, looked, watchdog, put, escalate: createEscalate(deps) }
}

t.test('a lost timer is mended, counted, and holds the heartbeat back for that minute', async t => {
  let beats = 0
  const one = await startProcess(async () => {
    beats += 1
  })
  const { id } = await one.put(waiting())
  await one.watchdog.tick()
  t.same([one.looked, beats], [[true], 1])
  await one.redis.zrem('tocsin:{incidents}:steps', id)
  await one.watchdog.tick()
  t.equal(one.looked.length, 1, 'once a minute')
  one.clock.wind(MINUTE)
  await one.watchdog.tick()
  t.same([one.looked, one.repaired, beats], [[true, false], ['no-timer'], 1])
  t.same(await one.incidents.stepTimers([id]), [DUE])
  one.clock.wind(MINUTE)
  await one.watchdog.tick()
  t.same([one.looked, beats], [[true, false, true], 2])
})

t.test('with the store away there is no health, and no heartbeat', async t => {
  const one = await startProcess()
  await one.put(waiting())
  one.redis.disconnect()
  await t.rejects(one.watchdog.tick())
  t.same(one.looked, [])
})

t.test('what is due is taken up by one of two that look, and a timer for nothing is taken away', async t => {
  const one = await startProcess()
  const { id } = await one.put(waiting())
  one.clock.wind(5 * MINUTE)
  await Promise.all([one.escalate(), one.escalate()])
  t.same(one.applied, [id])
  t.same(await one.incidents.stepTimers([id]), [DUE], 'nothing came of it: the timer says again what the incident says')

  await one.put({ ...waiting({ rev: 2 }), escalations: [], stepAt: null })
  await one.redis.zadd('tocsin:{incidents}:steps', DUE, id)
  await one.escalate()
  t.same(await one.incidents.stepTimers([id, 'inc_other']), [null, null])
  t.same(await one.incidents.stepTimers([]), [])
})

t.test('the heartbeat is one bounded GET; its address is never logged', async t => {
  const asked: string[] = []
  const answering = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (request.url === '/hangs') return
    response.statusCode = request.url === '/secret-1' ? 200 : 500
    response.end('ok')
  })
  await new Promise<void>(resolve => answering.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    answering.closeAllConnections()
    answering.close()
  })
  const at = `http://127.0.0.1:${(answering.address() as AddressInfo).port}`
  const outcomes: string[] = []
  const lines: string[] = []
  const log = createLogger('debug', () => [], { write: line => void lines.push(line) })
  const beatTo = (url: string | null) =>
    createHeartbeat({ url, timeoutMs: 2_000, onBeat: outcome => outcomes.push(outcome), log })()
  await beatTo(null)
  await beatTo(`${at}/secret-1`)
  await beatTo(`${at}/secret-2`)
  await beatTo(`${at}/hangs`)
  await beatTo('http://127.0.0.1:1/secret-3')
  t.same(outcomes, ['sent', 'failed', 'failed', 'failed'])
  t.same(asked, ['GET /secret-1', 'GET /secret-2', 'GET /hangs'])
  t.equal(lines.length, 3)
  t.notMatch(lines.join('\n'), /secret|127\.0\.0\.1/)
})
