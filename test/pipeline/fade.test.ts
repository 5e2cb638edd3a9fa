import t from 'tap'
import type { Incident } from '../../src/incidents/incident.ts'
import { whenFaded } from '../../src/pipeline/fade.ts'
import { MINUTE, makeEscalation, makeIncident, START } from '../support/make.ts'

const HOUR = 60 * MINUTE
const escalation = (whenCalm: Incident['escalations'][number]['whenCalm']) => ({ ...makeEscalation('page'), whenCalm })
const waits = (after: string, tell: 'posts' | 'everything' = 'everything') => escalation({ after, tell })
const faded = (escalations: Incident['escalations'], calmSince: number | null, now: number) =>
  whenFaded(makeIncident({ escalations, calmSince }), now)?.tell ?? null

t.test('what has been calm for as long as its policy waits fades, and not a moment before', async t => {
  t.equal(faded([waits('PT4H')], START, START + 4 * HOUR - 1), null)
  t.equal(faded([waits('PT4H')], START, START + 4 * HOUR), 'everything')
  t.equal(faded([waits('PT4H', 'posts')], START, START + 4 * HOUR), 'posts')
  t.match(whenFaded(makeIncident({ escalations: [waits('PT4H')], calmSince: START }), START + 4 * HOUR), {
    reason: /calm for PT4H/,
  })
})

t.test('never: not calm, by a policy that says so, without any policy', async t => {
  t.equal(faded([waits('PT4H')], null, START + 99 * HOUR), null)
  t.equal(faded([escalation(null)], START, START + 99 * HOUR), null)
  t.equal(faded([waits('PT4H'), escalation(null)], START, START + 99 * HOUR), null)
  t.equal(faded([], START, START + 99 * HOUR), null)
})

t.test('of several policies the most patient and the most reluctant decide', async t => {
  const two = [waits('PT1H', 'posts'), waits('PT2H')]
  t.equal(faded(two, START, START + HOUR), null)
  t.equal(faded(two, START, START + 2 * HOUR), 'posts')
})
