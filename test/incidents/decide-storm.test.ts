import t from 'tap'
import type { Change } from '../../src/incidents/change.ts'
import { decideChange } from '../../src/incidents/decide-change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { makeIncident, makeSuspect, START } from '../support/make.ts'

const NOW = START + 5_000
const decide = (before: Incident | null, change: Change) => decideChange(before, change, { flapWindowMs: 0, now: NOW })
const gathers = (...issues: string[]): Change => ({
  kind: 'gathers',
  total: issues.length,
  members: issues.map(issue => makeSuspect(issue, { users: Number(issue) })),
  common: 'of project shop',
  at: NOW,
})
const hushed: Change = { kind: 'hushed', speaker: 'inc_s', severity: 'P2', flow: null, reason: 'a storm', at: NOW }

t.test('the one that speaks lists the others, largest first, and counts each once', async t => {
  const first = decide(makeIncident(), gathers('1', '3'))
  t.match(first, { action: 'attach', material: true, entries: [{ what: 'linked' }] })
  t.match(first.next, { storm: { since: NOW, members: 2 }, linked: ['inc_of_1', 'inc_of_3'] })
  const second = decide(first.next, gathers('1', '2', '3'))
  t.match(second.next, { storm: { members: 3, common: 'of project shop' } })
  t.same(
    second.next?.suspects.map(({ issue }) => issue),
    ['3', '2', '1'],
  )
  t.same(second.entries, [], 'the timeline tells of the storm once')
  t.equal(decide(second.next, gathers('2', '3')).next, null, 'nothing new')
  t.equal(decide(second.next, gathers('1', '2', '3', '4')).next?.storm?.members, 4)
})

t.test('a storm of hundreds names fifty and counts all', async t => {
  const issues = Array.from({ length: 300 }, (_, i) => String(i + 1))
  const { next } = decide(makeIncident(), gathers(...issues))
  t.equal(next?.storm?.members, 300)
  t.equal(next?.suspects.length, 50)
  t.equal(next?.suspects[0]?.issue, '300')
})

t.test('what is over speaks for nobody', async t => {
  t.equal(decide(null, gathers('1')).next, null)
  t.equal(decide(makeIncident({ status: 'resolved' }), gathers('1')).next, null)
})

t.test('one of a storm falls silent, posts too', async t => {
  t.match(decide(makeIncident(), hushed), {
    next: { quiet: { speaker: 'inc_s', holds: 'everything', since: NOW } },
    material: true,
  })
})

const LOUD: [why: string, change: Partial<Incident>][] = [
  ['is more severe by now', { severity: 'P1' }],
  ['has lost data', { tags: { data_loss: 'true' } }],
  ['has another core flow', { coreFlow: 'checkout' }],
  ['speaks for others', { storm: { since: START, members: 4, common: 'of project shop' } }],
  ['somebody answers for', { status: 'acknowledged' }],
  ['is resolved', { status: 'resolved' }],
  ['is silent already', { quiet: { speaker: 'inc_t', reason: 'a storm', since: START, holds: 'everything' } }],
]
for (const [why, change] of LOUD)
  t.test(`no storm silences what ${why}`, async t => {
    t.equal(decide(makeIncident(change), hushed).next, null)
  })
