import t from 'tap'
import { assess, type Fault, type Happened, type Labelled } from '../../judge/assess.ts'
import type { Problem } from '../../judge/story.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { pagerdutyDedupKey } from '../../src/pagerduty/dedup-key.ts'
import { makeIncident } from '../support/make.ts'

const MINUTE = 60_000
const PROBLEM: Problem = {
  name: 'nobody can pay',
  issues: ['7'],
  projects: [],
  monitors: [],
  ofSource: false,
  severity: ['P0'],
  plain: 5 * MINUTE,
  notBefore: 0,
  within: 5 * MINUTE,
  pages: 1,
  mayPage: false,
  incidents: 1,
  lives: null,
  ends: null,
}

function incident(change: Partial<Incident>): Incident {
  return makeIncident({
    id: 'inc_7',
    key: 'v1:issue:default:7',
    issue: '7',
    kind: 'issue',
    source: 'default',
    severity: 'P0',
    ...change,
  })
}

const pageOf = (one: Incident, minute: number, generation = 1) => ({
  dedupKey: pagerdutyDedupKey({ key: one.key, generation }),
  at: minute * MINUTE,
})

function faults(
  problems: Partial<Problem>[],
  incidents: Incident[],
  pages: Happened['pages'],
  backdrop: string[] = [],
): Fault[] {
  const labelled: Labelled = {
    scenario: 'a',
    problems: problems.map(one => ({ ...PROBLEM, ...one })),
    backdrop: new Set(backdrop),
    projects: new Set(),
    source: 'default',
    zero: 0,
  }
  return assess([labelled], { incidents, timelines: new Map(), pages }).findings.map(finding => finding.fault)
}

const own = incident({})

t.test('one incident, one page, in time: nothing to say', async t => {
  t.same(faults([{}], [own], [pageOf(own, 7)]), [])
})

t.test('a P0 without incident, too mild, or without a page is missed', async t => {
  t.same(faults([{}], [], []), ['missed'])
  t.same(faults([{}], [incident({ severity: 'P2' })], []), ['missed'])
  t.same(faults([{}], [own], []), ['missed'])
})

t.test('a page that comes late, or before there was any harm', async t => {
  t.same(faults([{}], [own], [pageOf(own, 11)]), ['late'])
  t.same(faults([{ notBefore: 3 * MINUTE }], [own], [pageOf(own, 2)]), ['false page'])
})

t.test('a second page for the same life is a split, for a second life it is asked for', async t => {
  const again = incident({ generation: 2 })
  const pages = [pageOf(again, 6), pageOf(again, 90, 2)]
  t.same(faults([{}], [again], pages), ['split'])
  t.same(faults([{ pages: 2 }], [again], pages), [])
  t.same(faults([{ pages: 2 }], [again], pages.slice(0, 1)), ['missed'])
})

t.test('a page for what pages nobody is false', async t => {
  const label = { severity: ['P2' as const], pages: 0, plain: null }
  t.same(faults([label], [incident({ severity: 'P2' })], []), [])
  t.same(faults([label], [own], [pageOf(own, 7)]), ['wrong severity', 'false page'])
})

t.test('a problem that is held back for another one is merged', async t => {
  const other = incident({ id: 'inc_8', key: 'v1:issue:default:8', issue: '8' })
  const held = incident({ quiet: { speaker: 'inc_8', reason: 'it speaks', since: 0 } })
  t.same(faults([{}, { name: 'another', issues: ['8'] }], [held, other], [pageOf(other, 6)]), ['merged'])
})

t.test('more incidents than one problem may have are a split', async t => {
  const twin = incident({ id: 'inc_8', key: 'v1:issue:default:8', issue: '8', severity: 'P2' })
  t.same(faults([{ issues: ['7', '8'], incidents: 1 }], [own, twin], [pageOf(own, 6)]), ['split'])
})

t.test('what flaps is told once', async t => {
  t.same(faults([{ lives: 1 }], [incident({ generation: 2 })], [pageOf(own, 6)]), ['split'])
})

t.test('an end that is not the right one', async t => {
  t.same(faults([{ ends: 'resolved' }], [own], [pageOf(own, 6)]), ['wrong end'])
  t.same(faults([{ ends: 'open' }], [incident({ status: 'resolved' })], [pageOf(own, 6)]), ['wrong end'])
})

t.test('what no label names may be mild and nothing else', async t => {
  const mild = incident({ severity: 'P2' })
  t.same(faults([], [mild], [], ['7']), [])
  t.same(faults([], [own], [pageOf(own, 6)], ['7']), ['false page', 'wrong severity'])
  t.same(faults([], [mild], [], []), ['invented'])
})
