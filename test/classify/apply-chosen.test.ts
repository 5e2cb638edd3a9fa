import t from 'tap'
import { applyChosen } from '../../src/classify/apply-chosen.ts'
import type { Judgement } from '../../src/classify/classify.ts'
import type { Severity } from '../../src/classify/severity.ts'
import type { Chosen } from '../../src/signals/chosen.ts'
import { makeVerdict } from '../support/make.ts'
import { impactOf, issueImpact } from '../support/told-and-measured.ts'

const SEVERITIES: Severity[] = ['P0', 'P1', 'P2', 'P3']
const verdict = (severity: Severity, possible: Severity | null = null): Judgement => {
  return { ...makeVerdict({ severity, reason: `${severity}: measured so.` }), possible }
}
const chosen = (change: Partial<Chosen>): Chosen => {
  return { policy: null, floor: null, ceiling: null, ceilingHidesAll: false, rule: 'X', at: 1, ignored: [], ...change }
}
const production = impactOf({ issue: issueImpact() })
const issue = { kind: 'issue' as const, tags: {}, impact: production }

t.test('every floor and ceiling over every severity', async t => {
  for (const measured of SEVERITIES) {
    for (const floor of [null, ...SEVERITIES]) {
      for (const ceiling of [null, ...SEVERITIES]) {
        if (floor !== null && ceiling !== null && floor < ceiling) continue // refused when it is read
        const { severity, measured: was } = applyChosen(verdict(measured), chosen({ floor, ceiling }), issue)
        const raised = floor !== null && floor < measured ? floor : measured
        const expected = ceiling !== null && raised < ceiling ? ceiling : raised
        t.equal(severity, expected, `${measured} between ${ceiling} and ${floor}`)
        t.equal(was, expected === measured ? undefined : measured)
      }
    }
  }
})

t.test('the reason says what was chosen, where, and what was measured', async t => {
  const up = applyChosen(verdict('P2'), chosen({ floor: 'P1' }), issue)
  t.equal(up.reason, 'P1 by the floor chosen in Sentry\'s alert rule "X"; measured P2: measured so.')
  t.match(up.evidence.at(-1), { field: 'chosen-floor', value: 'P1' })
  const down = applyChosen(verdict('P1'), chosen({ ceiling: 'P2', rule: null }), issue)
  t.equal(down.reason, "P2 by the ceiling chosen in Sentry's alert rule; measured P1: measured so.")
  t.equal(down.cap, 'chosen-in-sentry')
})

t.test('a ceiling hides a P0 of data loss, crash-free or spike only when it says so', async t => {
  const project = { kind: 'project' as const, tags: {}, impact: impactOf({ project: {} }) }
  const loss = { ...issue, tags: { data_loss: 'true' } }
  const cases: [string, Parameters<typeof applyChosen>[2], Severity, boolean, Severity][] = [
    ['project', project, 'P0', false, 'P0'],
    ['project, everything', project, 'P0', true, 'P2'],
    ['a milder alert of a project', project, 'P1', false, 'P2'],
    ['data loss', loss, 'P0', false, 'P0'],
    ['data loss, everything', loss, 'P0', true, 'P2'],
    ['core flow', issue, 'P0', false, 'P2'],
    ['another metric alert', { ...project, kind: 'metric' }, 'P1', false, 'P2'],
  ]
  for (const [what, about, measured, ceilingHidesAll, expected] of cases) {
    const held = applyChosen(verdict(measured), chosen({ ceiling: 'P2', ceilingHidesAll }), about)
    t.equal(held.severity, expected, what)
    if (expected === 'P0') t.match(held.reason, /^P0: measured so; the ceiling P2 .* does not say/)
  }
})

t.test('a floor does not lift what is seen only outside production', async t => {
  const staging = { ...issue, impact: impactOf({ issue: issueImpact({ inProduction: false }) }) }
  t.equal(applyChosen(verdict('P3'), chosen({ floor: 'P0' }), staging).severity, 'P3')
  const judgedSo = verdict('P3')
  judgedSo.evidence = [{ field: 'in-production', says: '', value: false, source: null, at: null }]
  const metric = { kind: 'metric' as const, tags: {}, impact: impactOf({}) }
  t.equal(applyChosen(judgedSo, chosen({ floor: 'P0' }), metric).severity, 'P3')
})

t.test('what it may turn out to be stays within the choice', async t => {
  t.equal(applyChosen(verdict('P3', 'P1'), chosen({ floor: 'P2' }), issue).possible, 'P1')
  t.equal(applyChosen(verdict('P3', 'P2'), chosen({ floor: 'P1' }), issue).possible, null)
  t.equal(applyChosen(verdict('P3', 'P0'), chosen({ ceiling: 'P2', ceilingHidesAll: true }), issue).possible, 'P2')
  t.equal(applyChosen(verdict('P2', 'P0'), chosen({ ceiling: 'P2', ceilingHidesAll: true }), issue).possible, null)
  t.equal(applyChosen(verdict('P2', 'P0'), chosen({ ceiling: 'P2' }), issue).possible, 'P0', 'it may be data loss')
  t.equal(applyChosen(verdict('P2'), null, issue).severity, 'P2')
})
