import fc from 'fast-check'
import t from 'tap'
import { inStorm, type StormState, stormLane } from '../../src/mute/in-storm.ts'
import { SECOND, START } from '../support/make.ts'

const RULE = { incidents: 5, withinMs: 60 * SECOND }
const NONE: StormState = { recent: [], speaker: null, members: [], lastAt: 0 }
const came = (...ids: string[]) => ids.map(incident => ({ incident, at: START }))
const newcomer = (incident: string, at = START) => ({ incident, lane: 'P2||alerts', at })

t.test('who speaks, case by case', async t => {
  const of = { ...NONE, speaker: 'A', members: ['B', 'C'], lastAt: START }
  const later = START + RULE.withinMs
  const cases: [string, string, number, StormState, object][] = [
    ['the first of all', 'A', START, NONE, { spokenFor: false, leads: [] }],
    ['the fourth', 'D', START, { ...NONE, recent: came('A', 'B', 'C') }, { spokenFor: false }],
    [
      'the fifth makes it a storm: the first speaks, and those between fall silent',
      'E',
      START,
      { ...NONE, recent: came('A', 'B', 'C', 'D') },
      { spokenFor: true, speaker: 'A', hush: ['B', 'C', 'D'] },
    ],
    [
      'the fifth, one moment too late',
      'E',
      later + 1,
      { ...NONE, recent: came('A', 'B', 'C', 'D') },
      { spokenFor: false, leads: [] },
    ],
    [
      'the fifth, just in time',
      'E',
      later,
      { ...NONE, recent: came('A', 'B', 'C', 'D') },
      { spokenFor: true, speaker: 'A' },
    ],
    ['one more while it goes on', 'X', later, of, { spokenFor: true, speaker: 'A', hush: [] }],
    ['one more when it is over', 'X', later + 1, of, { spokenFor: false, leads: [] }],
    ['one of it asks again, much later', 'B', later * 2, of, { spokenFor: true, speaker: 'A' }],
    ['the speaker itself asks again', 'A', START, of, { spokenFor: false, leads: [] }],
    [
      'one of it, after the speaker has ended: it leads the others',
      'B',
      later * 2,
      { ...of, speaker: null },
      { spokenFor: false, leads: ['C'] },
    ],
    ['a stranger, after the speaker has ended', 'X', START, { ...of, speaker: null }, { spokenFor: false, leads: [] }],
  ]
  for (const [name, incident, at, state, expected] of cases)
    t.match(inStorm(newcomer(incident, at), state, RULE), expected, name)
})

t.test('only what is alike shares a lane: severity, core flow and where it is told', async t => {
  const like = { severity: 'P2', flow: null, dataLoss: false, told: ['slack-alerts'] } as const
  const lane = stormLane(like)
  t.equal(stormLane({ ...like, told: ['slack-alerts', 'slack-alerts'] }), lane)
  t.not(stormLane({ ...like, severity: 'P1' }), lane)
  t.not(stormLane({ ...like, flow: 'checkout' }), lane)
  t.not(stormLane({ ...like, told: ['slack-team-b'] }), lane)
  t.equal(stormLane({ ...like, dataLoss: true }), null, 'data loss speaks for itself')
  t.equal(stormLane({ ...like, told: [] }), null, 'what only goes to a backlog is noted one by one')
  t.equal(stormLane({ ...like, told: ['a', 'b'] }), stormLane({ ...like, told: ['b', 'a'] }))
})

t.test('whatever came before, whoever is silent has a speaker, and nobody silences itself', async () => {
  const id = fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F', 'G')
  const state = fc.record({
    recent: fc.array(fc.record({ incident: id, at: fc.integer({ min: START - 90_000, max: START }) })),
    speaker: fc.option(id, { nil: null }),
    members: fc.uniqueArray(id),
    lastAt: fc.integer({ min: START - 90_000, max: START }),
  })
  fc.assert(
    fc.property(id, state, fc.integer({ min: 2, max: 6 }), (incident, known, incidents) => {
      const answer = inStorm(newcomer(incident), known, { incidents, withinMs: 60_000 })
      if (!answer.spokenFor) return !answer.leads.includes(incident)
      const { speaker, hush } = answer
      return speaker !== incident && !hush.includes(incident)
    }),
  )
})
