import fc from 'fast-check'
import t from 'tap'
import type { Change } from '../../src/incidents/change.ts'
import { decideChange } from '../../src/incidents/decide-change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { mayLead, TRANSITIONS } from '../../src/incidents/transitions.ts'
import { jumpTo, stepAt, stepsDue } from '../../src/route/steps-due.ts'
import { actAt, anyAct, PERSON, severities } from '../support/acts.ts'
import {
  judged,
  MINUTE,
  makeEscalation,
  makeEvent,
  makeMetric,
  makeSignal,
  makeVerdict,
  START,
} from '../support/make.ts'

const CAUSE = 'issue:42'
let acts = 0

/** Happens at `now`; a signal may be `late`: sent that long before it came. */
type Happening = (now: number) => Change

const late = fc.constantFrom(0, 0, 0, 5 * MINUTE)
const happening: fc.Arbitrary<Happening> = fc
  .oneof(
    { arbitrary: fc.tuple(severities, late, fc.boolean(), fc.boolean()).map(judgedOf), weight: 4 },
    {
      arbitrary: fc.constantFrom(
        'resolve',
        'late-resolve',
        'reopen',
        'mute',
        'assign',
        'feedback',
        'fade',
        'metric',
        'metric-clear',
      ),
      weight: 3,
    },
    { arbitrary: fc.constantFrom('due', 'speaks', 'hushed', 'gathers', 'linked'), weight: 3 },
    { arbitrary: anyAct, weight: 8 },
  )
  .map(one => (typeof one === 'function' ? one : typeof one === 'string' ? now => named(one, now) : actOf(one)))

function judgedOf([severity, before, again, calm]: ['P0' | 'P1' | 'P2' | 'P3', number, boolean, boolean]): Happening {
  return now =>
    judged(makeEvent(now - before), { verdict: makeVerdict({ severity }), again, ...(again ? { calm } : {}) })
}

function actOf(act: Parameters<typeof actAt>[0]): Happening {
  acts += 1
  const id = `${acts}`
  return now => ({ kind: 'act', id, act: actAt(act, now), actor: PERSON, at: now })
}

function named(what: string, at: number): Change {
  const metric = { metric: makeMetric(), resource: 'metric_alert' as const }
  switch (what) {
    case 'resolve':
      return { kind: 'cleared', signal: makeSignal({ at, intent: 'resolve' }), cause: CAUSE }
    case 'late-resolve':
      return { kind: 'cleared', signal: makeSignal({ at: at - 60 * MINUTE, intent: 'resolve' }), cause: CAUSE }
    case 'reopen':
      return judged(makeSignal({ at, intent: 'reopen', facts: { status: 'unresolved' } }))
    case 'mute':
      return { kind: 'muted', signal: makeSignal({ at, intent: 'mute' }) }
    case 'assign':
      return { kind: 'assigned', signal: makeSignal({ at, intent: 'assign' }) }
    case 'feedback':
      return { kind: 'feedback', signal: makeSignal({ at, intent: 'attach' }) }
    case 'fade':
      return { kind: 'faded', signal: makeSignal({ at, intent: 'resolve' }), tell: 'posts', reason: 'calm' }
    case 'metric':
      return judged(makeSignal({ at, ...metric }), { cause: 'metric:7' })
    case 'metric-clear':
      return { kind: 'cleared', signal: makeSignal({ at, intent: 'resolve', ...metric }), cause: 'metric:7' }
    case 'speaks':
      return { kind: 'speaks', reason: 'the other ended', at }
    case 'hushed':
      return { kind: 'hushed', speaker: 'inc_other', severity: 'P0', flow: null, reason: 'a storm', at }
    case 'gathers':
      return { kind: 'gathers', members: [], total: 3, common: 'of project shop', at }
    case 'linked':
      return { kind: 'linked', signal: makeSignal({ at, intent: 'attach' }), note: null, incident: null }
    default:
      return { kind: 'due', at }
  }
}

const escalations = [
  {
    ...makeEscalation('pagerduty-oncall'),
    staleAfter: 'PT20M',
    dueAt: START + 15 * MINUTE,
    steps: ['PT0S', 'PT15M'].map(after => ({
      after,
      within: 'always' as const,
      targets: [{ destination: 'pagerduty-oncall', mention: null }],
    })),
  },
]

t.test('every decision leads from a status to a status that the table of transitions names', async t => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(
      fc.array(fc.tuple(happening, fc.constantFrom(1, 2, 12, 45)), { minLength: 1, maxLength: 25 }),
      happenings => {
        let before: Incident | null = null
        let now = START
        for (const [happens, minutes] of happenings) {
          const pages = () => true
          const { action, next, reason }: ReturnType<typeof decideChange> = decideChange(before, happens(now), {
            flapWindowMs: 10 * MINUTE,
            now,
            stepsDue: (incident, at) => stepsDue(incident, at, pages),
            jumpTo: (incident, step, at, why) => jumpTo(incident, step, at, pages, why),
            stepAt,
          })
          if (next !== null) {
            const from: Incident['status'] | 'new' = before?.status ?? 'new'
            const way: string = `${from} –${action}→ ${next.status}`
            if (!mayLead(from, action, next.status)) throw new Error(`${way} is not in the table: ${reason}`)
            seen.add(way)
            before = action === 'open' ? { ...next, escalations } : next
          }
          now += minutes * MINUTE
        }
      },
    ),
    { numRuns: 8_000, seed: 4 },
  )
  const named = Object.entries(TRANSITIONS).flatMap(([action, { leads }]) =>
    Object.entries(leads).flatMap(([from, to]) => to.map(one => `${from} –${action}→ ${one}`)),
  )
  t.same(
    named.filter(way => !seen.has(way)),
    [],
    'and nothing stands there that does not happen',
  )
})
