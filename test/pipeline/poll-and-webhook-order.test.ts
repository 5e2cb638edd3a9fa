import fc from 'fast-check'
import t from 'tap'
import type { Change } from '../../src/incidents/change.ts'
import { decideChange } from '../../src/incidents/decide-change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { findMissed } from '../../src/pipeline/find-missed.ts'
import { pollSignal } from '../../src/pipeline/poll-signal.ts'
import { stepsDue } from '../../src/route/steps-due.ts'
import type { Signal } from '../../src/signals/signal.ts'
import { makeListed } from '../support/listed.ts'
import { judged, MINUTE, makeEvent, makeSignal, SECOND, START } from '../support/make.ts'

/**
 * What happens to one issue in Sentry, each told by a webhook that may be lost, repeated or come in any order, while
 * rounds of polling read the state in between: in the end we hold what Sentry holds, and nobody was paged twice.
 */

type What = 'event' | 'resolve' | 'regress' | 'archive'
interface Fact {
  what: What
  at: number
  /** How often its webhook comes. */
  told: number
}
type Step = { kind: 'fact'; fact: Fact } | { kind: 'poll'; at: number }

const CREATED: Fact = { what: 'event', at: START, told: 1 }
const SOURCE = { id: 'default', organization: null }
const FLAP_MS = 10 * MINUTE

/** Only what can happen in Sentry: a resolved issue regresses by an event, an archived one stays so. */
function history(facts: readonly Fact[]): Fact[] {
  let status = 'unresolved'
  return facts.filter(({ what }) => {
    if (what === 'event' && status !== 'unresolved') return false
    if (what === 'resolve' && status === 'resolved') return false
    if (what === 'regress' && status !== 'resolved') return false
    if (what === 'archive' && status !== 'unresolved') return false
    status = { event: status, resolve: 'resolved', regress: 'unresolved', archive: 'ignored' }[what]
    return true
  })
}

function stateAt(facts: readonly Fact[], at: number) {
  const past = facts.filter(fact => fact.at <= at)
  const last = past.findLast(({ what }) => what !== 'event')?.what
  const lastSeen = past.findLast(({ what }) => what === 'event' || what === 'regress')?.at ?? START
  const status = last === 'resolve' ? 'resolved' : last === 'archive' ? 'ignored' : 'unresolved'
  const substatus = status !== 'unresolved' ? null : last === 'regress' ? 'regressed' : 'new'
  return { status, substatus, lastSeen }
}

/** Webhooks carry the time in whole seconds, rounded down, a little after it happened. */
function webhook({ what, at }: Fact): Change {
  const hookAt = Math.floor((at + 300) / SECOND) * SECOND
  if (what === 'event') return judged(makeEvent(at))
  if (what === 'regress') return judged(makeSignal({ at: hookAt, intent: 'reopen', facts: { status: 'unresolved' } }))
  if (what === 'archive') return { kind: 'muted', signal: makeSignal({ at: hookAt, intent: 'mute' }) }
  return { kind: 'cleared', signal: makeSignal({ at: hookAt, intent: 'resolve' }), cause: 'issue:42' }
}

function toChange(signal: Signal): Change {
  switch (signal.intent) {
    case 'resolve':
      return { kind: 'cleared', signal, cause: 'issue:42' }
    case 'mute':
      return { kind: 'muted', signal }
    case 'assign':
      return { kind: 'assigned', signal }
    default:
      return judged(signal)
  }
}

/** The incident as the pipeline keeps it, with the marks of what ended before it was known. */
function createBook(facts: readonly Fact[]) {
  let incident: Incident | null = null
  let early = Number.NEGATIVE_INFINITY
  const pages: number[] = []
  const applied = new Set<string>()
  function apply(change: Change): void {
    if (!('signal' in change) || applied.has(change.signal.id)) return
    const { at } = change.signal
    if (incident === null && (change.kind === 'cleared' || change.kind === 'muted')) early = Math.max(early, at)
    if (incident === null && change.kind === 'judged' && at <= early) return
    const { next, action } = decideChange(incident, change, { flapWindowMs: FLAP_MS, now: at, stepsDue })
    if (next === null) return
    applied.add(change.signal.id)
    incident = next
    if (action === 'open' || action === 'reopen') pages.push(next.generation)
  }
  function poll(at: number): void {
    const asOf = Math.floor(at / SECOND) * SECOND - SECOND
    const issue = makeListed({ ...stateAt(facts, at), firstSeen: START })
    const found = { issue, inProduction: true, asOf }
    const missed = findMissed(found, incident, { since: START, first: false, cause: 'issue:42' })
    if (missed !== null) apply(toChange(pollSignal(SOURCE, found, missed, incident?.rev ?? 0, at)))
  }
  return { apply, poll, incident: () => incident, pages: () => new Set(pages).size }
}

const story = fc
  .uniqueArray(
    fc.record({
      what: fc.constantFrom<What>('event', 'resolve', 'regress', 'archive'),
      at: fc
        .integer({ min: 1, max: 40 })
        .chain(n => fc.integer({ min: 0, max: 999 }).map(ms => START + n * 41 * SECOND + ms)),
      told: fc.constantFrom(0, 0, 1, 1, 2),
    }),
    { maxLength: 8, selector: fact => Math.floor(fact.at / (41 * SECOND)) },
  )
  .map(facts => [CREATED, ...history(facts.toSorted((a, b) => a.at - b.at))])
  .chain(facts =>
    fc.record({
      facts: fc.constant(facts),
      // Every webhook as often as it comes, in any order; polls in theirs, anywhere between.
      webhooks: fc.shuffledSubarray(
        facts.flatMap(fact => Array<Fact>(fact.told).fill(fact)),
        { minLength: facts.reduce((sum, { told }) => sum + told, 0) },
      ),
      polls: fc.uniqueArray(fc.integer({ min: 31, max: 41 * 42 }), { maxLength: 6 }),
      places: fc.array(fc.nat({ max: 8 }), { minLength: 6, maxLength: 6 }),
    }),
  )
  .map(({ facts, webhooks, polls, places }) => {
    const steps: Step[] = webhooks.map(fact => ({ kind: 'fact', fact }))
    const times = polls.toSorted((a, b) => a - b).map(s => START + s * SECOND + 500)
    const at = places.slice(0, times.length).sort((a, b) => a - b)
    for (const [i, time] of [...times.entries()].reverse()) steps.splice(at[i] ?? 0, 0, { kind: 'poll', at: time })
    return { facts, steps }
  })

t.test('whatever is lost, late, repeated or out of order: after two rounds we hold what Sentry holds', async t => {
  fc.assert(
    fc.property(story, ({ facts, steps }) => {
      const book = createBook(facts)
      for (const step of steps) {
        if (step.kind === 'fact') book.apply(webhook(step.fact))
        else book.poll(step.at)
      }
      const end = START + 60 * MINUTE
      for (const at of [end, end + MINUTE]) book.poll(at)
      const incident = book.incident()
      const { status } = stateAt(facts, end)
      const open = incident !== null && incident.status !== 'resolved'
      const right =
        status === 'unresolved'
          ? open && incident.muted === null
          : !open || (status === 'ignored' && incident.muted !== null)
      const lives = 1 + facts.filter(({ what }) => what === 'regress').length
      return right && book.pages() <= lives
    }),
    { numRuns: 5_000 },
  )
  t.pass('held in 5,000 stories')
})

t.test('what was settled stays so: a further round finds nothing', async t => {
  fc.assert(
    fc.property(story, ({ facts, steps }) => {
      const book = createBook(facts)
      for (const step of steps) {
        if (step.kind === 'fact') book.apply(webhook(step.fact))
        else book.poll(step.at)
      }
      const end = START + 60 * MINUTE
      for (const at of [end, end + MINUTE]) book.poll(at)
      const before = book.incident()?.rev
      book.poll(end + 2 * MINUTE)
      return book.incident()?.rev === before
    }),
    { numRuns: 2_000 },
  )
  t.pass('held in 2,000 stories')
})
