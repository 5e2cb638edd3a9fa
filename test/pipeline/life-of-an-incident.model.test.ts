import fc from 'fast-check'
import t from 'tap'
import type { Change } from '../../src/incidents/change.ts'
import type { Fault } from '../../src/sandbox/stand-in-fault.ts'
import { anyAct, severities } from '../support/acts.ts'
import { type Dies, EDITIONS, type Life, startLives } from '../support/lives.ts'
import { judged, MINUTE, makeVerdict } from '../support/make.ts'
import { promisesOf } from '../support/promises-of-a-life.ts'

/**
 * Random lives of one incident through everything that decides, owes, sends and settles, on a real Redis and against
 * stand-ins of PagerDuty and Slack: signals, what people decide on every side, edited rules, faults of the providers,
 * crashes, and time. After every happening, and when all has settled, what is promised is looked at.
 */

const lives = await startLives()
const { begin, tell, restarted, about, resolvedAt, act, wait, redis, pagerduty, slack } = lives
const { look, agreed } = promisesOf(lives)
t.teardown(lives.stop)

type Command = fc.AsyncCommand<object, Life>
let acts = 0

function command(name: string, run: (life: Life) => Promise<void>): Command {
  return {
    check: () => true,
    async run(_, life) {
      await run(life)
      await look(life)
    },
    toString: () => name,
  }
}

const signal = fc
  .record({ severity: severities, again: fc.constantFrom(false, false, 'calm', 'hot') })
  .map(({ severity, again }) =>
    command(`judged ${severity} ${again === false ? '' : again}`, async life => {
      const change: Change = judged(about(life), {
        verdict: makeVerdict({ severity }),
        ...(again === false ? {} : { again: true, calm: again === 'calm' }),
      })
      life.lastSignal = change
      await tell(life, change)
    }),
  )
const fromSentry = fc
  .constantFrom('resolve', 'late resolve', 'unresolve', 'archive', 'fade', 'fade quietly', 'again')
  .map(what =>
    command(what, async life => {
      const now = life.clock.now()
      if (what === 'resolve') return tell(life, resolvedAt(life, now))
      if (what === 'late resolve') return tell(life, resolvedAt(life, now - 5 * MINUTE))
      if (what === 'unresolve')
        return tell(life, judged(about(life, { intent: 'reopen', facts: { status: 'unresolved' } })))
      if (what === 'archive') return tell(life, { kind: 'muted', signal: about(life, { intent: 'mute' }) })
      if (what === 'again') return life.lastSignal === null ? undefined : tell(life, life.lastSignal)
      const tells = what === 'fade' ? 'everything' : 'posts'
      // Only what was found calm fades.
      await tell(life, judged(about(life), { verdict: makeVerdict({ severity: 'P3' }), again: true, calm: true }))
      return tell(life, { kind: 'faded', signal: about(life, { intent: 'resolve' }), tell: tells, reason: 'calm' })
    }),
  )
const person = fc.tuple(anyAct, fc.constantFrom('api', 'slack', 'pagerduty', 'sentry')).map(([decided, via]) =>
  command(`${via}: ${JSON.stringify(decided)}`, life => {
    acts += 1
    return act(life, decided, via, `${acts}`)
  }),
)
const answered = fc.constantFrom('acknowledge', 'unacknowledge').chain(kind =>
  fc.constantFrom('slack', 'pagerduty').map(via =>
    command(`${via}: ${kind}`, life => {
      acts += 1
      return act(life, { kind }, via, `${acts}`)
    }),
  ),
)
const time = fc
  .constantFrom(1, 5, 16, 31, 61, 1_500)
  .map(minutes => command(`${minutes} minutes`, life => wait(life, minutes)))
const edit = fc.nat({ max: EDITIONS.length - 1 }).map(edition =>
  command(`rules ${edition}`, async life => {
    life.rules = EDITIONS[edition] ?? life.rules
  }),
)
const FAULTS: readonly Fault[] = [
  { kind: 'status', status: 500 },
  { kind: 'reset' },
  { kind: 'accept-then-reset' },
  { kind: 'truncated' },
]
const fault = fc
  .tuple(fc.constantFrom(...FAULTS), fc.constantFrom('pagerduty', 'slack'), fc.integer({ min: 1, max: 3 }))
  .map(([how, who, times]) =>
    command(`${who}: ${how.kind} × ${times}`, async () => {
      if (who === 'slack') slack.fail(how, times)
      else pagerduty.fail(how, times)
    }),
  )
const crash = fc.constantFrom('before-dispatch', 'before-settling', 'at once').map(how =>
  command(`dies ${how}`, async life => {
    if (how === 'at once') return restarted(life)
    life.process.dieNext(how as Dies)
  }),
)

const commands = fc.commands([signal, signal, fromSentry, person, answered, time, time, edit, fault, crash], {
  maxCommands: 30,
  size: 'max',
})

async function live(what: { seed?: number; numRuns: number }): Promise<void> {
  await fc.assert(
    fc.asyncProperty(commands, async lived => {
      await redis.flushdb()
      const life = begin()
      try {
        await fc.asyncModelRun(() => ({ model: {}, real: life }), lived)
        await agreed(life)
      } finally {
        await life.process.idle()
      }
    }),
    what,
  )
}

t.test('whatever happens, no P0 is forgotten, order is kept, and in the end all sides say the same', async t => {
  // Fixed: what a run finds must not depend on the day. The second and the third found pages that were left open.
  await live({ seed: 20_261_122, numRuns: 150 })
  await live({ seed: 268_834_160, numRuns: 40 })
  await live({ seed: 4711, numRuns: 240 })
  t.ok(lives.lived() >= 430)
})
