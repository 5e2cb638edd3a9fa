import fc from 'fast-check'
import t from 'tap'
import type { Change } from '../../src/incidents/change.ts'
import { decideChange } from '../../src/incidents/decide-change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { mayLead } from '../../src/incidents/transitions.ts'
import { actAt, anyAct, PERSON } from '../support/acts.ts'
import { MINUTE, makeIncident, START } from '../support/make.ts'

const options = { now: START, flapWindowMs: 10 * MINUTE }
const cover = (id: string, minutes: number): NonNullable<Incident['silenced']> => ({
  until: START + minutes * MINUTE,
  by: 'Ada',
  reason: 'known',
  since: START,
  through: { kind: 'silence', id },
})
const covered = (is: Incident['silenced']): Change => ({ kind: 'covered', cover: is, at: START })

t.test('a cover that comes over it stops its pages; one that goes lets it speak', async t => {
  const over = decideChange(makeIncident(), covered(cover('a', 30)), options)
  t.match(over, { action: 'silence', next: { silenced: { through: { id: 'a' } }, answeredIn: 1 } })
  t.match(over.tell, [
    { to: 'pages', say: 'acknowledge' },
    { to: 'posts', say: 'thread' },
  ])
  const end = decideChange(over.next, covered(null), options)
  t.match(end, { action: 'speak', next: { silenced: null }, reason: /silence a of Ada no longer keeps it quiet/ })
  const answered = makeIncident({ status: 'acknowledged', silenced: cover('a', 30) })
  t.match(decideChange(answered, covered(null), options), { action: 'mark' }, 'whoever answers is not called')
})

t.test('the same cover says nothing twice; a later end moves it', async t => {
  const before = makeIncident({ silenced: cover('a', 30) })
  t.equal(decideChange(before, covered(cover('a', 30)), options).next, null)
  const longer = decideChange(before, covered(cover('a', 60)), options)
  t.match(longer, { action: 'mark', next: { silenced: { until: START + 60 * MINUTE } } })
})

t.test("a person's own silence goes first, and what is over is left alone", async t => {
  const { through: _, ...own } = cover('a', 30)
  for (const is of [null, cover('b', 90)]) {
    t.equal(decideChange(makeIncident({ silenced: own }), covered(is), options).next, null)
    t.equal(decideChange(makeIncident({ status: 'resolved' }), covered(is), options).next, null)
    t.equal(decideChange(null, covered(is), options).next, null)
  }
})

t.test('whatever people do meanwhile, a cover leads only where it may', async t => {
  const step = fc.oneof(
    fc.constantFrom(null, cover('a', 30), cover('b', 60)).map(is => () => covered(is)),
    anyAct.map(act => (n: number) => {
      const change: Change = { kind: 'act', id: `${n}`, act: actAt(act, START), actor: PERSON, at: START }
      return change
    }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), steps => {
      let incident = makeIncident()
      for (const [n, make] of steps.entries()) {
        const change = make(n)
        const { next, action } = decideChange(incident, change, options)
        if (next === null) continue
        t.ok(mayLead(incident.status, action, next.status), `${incident.status} ${action} ${next.status}`)
        t.equal(next.rev, incident.rev + 1)
        if (next.status === 'resolved') t.equal(next.silenced, null)
        incident = next
      }
    }),
    { seed: 20261122, numRuns: 200 },
  )
})
