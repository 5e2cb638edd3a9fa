import fc from 'fast-check'
import t from 'tap'
import { rank } from '../../src/classify/severity.ts'
import type { Change } from '../../src/incidents/change.ts'
import { decideChange } from '../../src/incidents/decide-change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { judged, MINUTE, makeEvent, makeMetric, makeSignal, makeVerdict, SECOND, START } from '../support/make.ts'

/**
 * What is promised of order, at signals of different Sentry times, from the alert that opened the incident on: whether
 * it is open or resolved, and whether it is muted, depends on those times alone. Not promised: the generation (that is
 * told to PagerDuty as it happens) and what happened before we had an incident.
 */

type What = 'event' | 'resolve' | 'unresolve' | 'archive'
interface Told {
  what: What
  at: number
}

function changeOf({ what, at }: Told): Change {
  switch (what) {
    case 'event':
      return judged(makeEvent(at))
    case 'unresolve':
      return judged(makeSignal({ at, intent: 'reopen', facts: { status: 'unresolved' } }))
    case 'resolve':
      return { kind: 'cleared', signal: makeSignal({ at, intent: 'resolve' }), cause: 'issue:42' }
    case 'archive':
      return { kind: 'muted', signal: makeSignal({ at, intent: 'mute' }) }
  }
}

function run(changes: readonly Change[]): Incident[] {
  const states: Incident[] = []
  for (const change of changes) {
    const before = states.at(-1) ?? null
    const { next } = decideChange(before, change, { flapWindowMs: 10 * MINUTE, now: START })
    if (next !== null) states.push(next)
  }
  return states
}

const end = (changes: readonly Change[]): Incident => {
  const last = run(changes).at(-1)
  if (last === undefined) throw new Error('nothing was opened')
  return last
}

/** An opening event, then what comes after it, with Sentry's times and in an order of arrival. */
function story(...kinds: What[]) {
  return fc
    .uniqueArray(
      fc.record({
        what: fc.constantFrom(...kinds),
        at: fc.integer({ min: 1, max: 40 }).map(n => START + n * 23 * SECOND),
      }),
      { maxLength: 12, selector: told => told.at },
    )
    .chain(told =>
      fc.record({
        inOrder: fc.constant(told.toSorted((a, b) => a.at - b.at)),
        arrived: fc.shuffledSubarray([...told, ...told], { minLength: told.length, maxLength: 2 * told.length }),
        told: fc.constant(told),
      }),
    )
    .filter(({ told, arrived }) => told.every(one => arrived.includes(one)))
}

const OPENING: Told = { what: 'event', at: START }

t.test(
  'open or resolved is decided by Sentry’s times, whatever the order of arrival and however often told',
  async () => {
    fc.assert(
      fc.property(story('event', 'resolve', 'unresolve'), ({ inOrder, arrived }) => {
        const kept = end([OPENING, ...inOrder].map(changeOf))
        const mixed = end([OPENING, ...arrived].map(changeOf))
        return kept.status === mixed.status
      }),
      { numRuns: 2_000 },
    )
  },
)

t.test('muted or not is decided by Sentry’s times, whatever the order of arrival', async () => {
  fc.assert(
    fc.property(story('event', 'unresolve', 'archive'), ({ inOrder, arrived }) => {
      const kept = end([OPENING, ...inOrder].map(changeOf))
      const mixed = end([OPENING, ...arrived].map(changeOf))
      return kept.muted?.since === mixed.muted?.since
    }),
    { numRuns: 1_000 },
  )
})

t.test(
  'with several metric alerts behind it, it is open while the newest word on any of them is that it fires',
  async () => {
    const project = { kind: 'project', project: 'shop' } as const
    const word = fc.record({
      rule: fc.constantFrom('7', '8', '9'),
      fires: fc.boolean(),
      at: fc.integer({ min: 1, max: 60 }).map(n => START + n * 10 * SECOND),
    })
    const toChange = ({ rule, fires, at }: { rule: string; fires: boolean; at: number }): Change => {
      const metric = makeMetric({ rule: { id: rule, name: null }, status: fires ? 'critical' : 'resolved' })
      const signal = makeSignal({ at, subject: project, metric, intent: fires ? 'alert' : 'resolve' })
      return fires ? judged(signal) : { kind: 'cleared', signal, cause: `metric:${rule}` }
    }
    fc.assert(
      fc.property(
        fc
          .uniqueArray(word, { maxLength: 12, selector: one => one.at })
          .chain(words => fc.shuffledSubarray(words, { minLength: words.length })),
        words => {
          const opening = { rule: '7', fires: true, at: START }
          const incident = end([opening, ...words].map(toChange))
          const newest = new Map<string, boolean>()
          for (const one of [opening, ...words].toSorted((a, b) => a.at - b.at)) newest.set(one.rule, one.fires)
          return (incident.status !== 'resolved') === [...newest.values()].includes(true)
        },
      ),
      { numRuns: 2_000 },
    )
  },
)

t.test(
  'while it is open severity never falls; rev grows by one with every change; the generation never falls',
  async () => {
    const severity = fc.constantFrom('P0', 'P1', 'P2', 'P3')
    const step = fc.record({
      what: fc.constantFrom<What>('event', 'event', 'resolve', 'unresolve', 'archive'),
      at: fc.integer({ min: 0, max: 100 }).map(n => START + n * 17 * SECOND),
      severity,
      degraded: fc.boolean(),
      again: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), steps => {
        const changes = steps.map(({ severity, degraded, again, ...told }) => {
          const change = changeOf(told)
          return change.kind === 'judged' ? { ...change, again, verdict: makeVerdict({ severity, degraded }) } : change
        })
        const states = run(changes)
        return states.every((state, i) => {
          const before = states[i - 1]
          if (before === undefined) return state.rev === 1 && state.generation === 1
          const stayedOpen = before.status !== 'resolved' && state.status !== 'resolved'
          return (
            state.rev === before.rev + 1 &&
            state.generation >= before.generation &&
            state.id === before.id &&
            (!stayedOpen || rank(state.severity) <= rank(before.severity)) &&
            (state.status === 'resolved') === (state.resolvedAt !== null)
          )
        })
      }),
      { numRuns: 2_000 },
    )
  },
)
