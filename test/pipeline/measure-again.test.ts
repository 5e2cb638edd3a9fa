import t from 'tap'
import type { Incident } from '../../src/incidents/incident.ts'
import { measureAgainAt } from '../../src/pipeline/measure-again.ts'
import { settingsSchema } from '../../src/rules/rules-document.ts'
import { MINUTE, makeIncident, makeVerdict, SECOND, START } from '../support/make.ts'

const SETTINGS = settingsSchema.parse({})
const DEGRADED = makeVerdict({ degraded: true })
const quiet = { speaker: 'inc_1', reason: 'it spoke first', since: START }
const measured = { 'measured:crash-free': { since: START, clearedAt: null } }

/** After how many ms it is due again, at `now`. */
function dueIn(change: Partial<Incident>, now = START): number | null {
  const due = measureAgainAt(makeIncident(change), SETTINGS, now)
  return due === null ? null : due - now
}

t.test('when a verdict is due to be made again', async t => {
  const cases: [name: string, incident: Partial<Incident>, due: number | null][] = [
    ['one that was measured stands', {}, null],
    ['a degraded one after 30 s', { verdict: DEGRADED }, 30 * SECOND],
    ['then 2 minutes after it fell', { verdict: DEGRADED, remeasured: 1 }, 90 * SECOND],
    ['then 5', { verdict: DEGRADED, remeasured: 2 }, 3 * MINUTE],
    ['then every 5 minutes while signals are recent', { verdict: DEGRADED, remeasured: 3 }, 5 * MINUTE],
    ['on a core flow every minute', { coreFlow: 'checkout' }, MINUTE],
    [
      'a degraded one on a core flow at least every minute',
      { coreFlow: 'checkout', verdict: DEGRADED, remeasured: 3 },
      MINUTE,
    ],
    ['on a core flow that is P0 already: it cannot rise', { coreFlow: 'checkout', severity: 'P0' }, null],
    ['a project condition that we measured: every minute', { kind: 'project', causes: measured }, MINUTE],
    [
      'one that has cleared',
      { kind: 'project', causes: { 'measured:crash-free': { since: START, clearedAt: START } } },
      null,
    ],
    ['a project incident of metric alerts: they clear themselves', { kind: 'project' }, null],
    ['a source: every minute', { kind: 'source' }, MINUTE],
    ['one that is held back: every minute', { quiet }, MINUTE],
    ['one that is over: never', { quiet, verdict: DEGRADED, status: 'resolved', kind: 'source' }, null],
  ]
  for (const [name, incident, due] of cases) t.equal(dueIn(incident), due, name)
})

t.test('an issue on a core flow is left alone when nothing was heard of it for 15 minutes', async t => {
  t.equal(dueIn({ coreFlow: 'checkout', lastSignalAt: START }, START + 15 * MINUTE), MINUTE)
  t.equal(dueIn({ coreFlow: 'checkout', lastSignalAt: START }, START + 15 * MINUTE + 1), null)
})

t.test('waits that operators chose are kept, in any order and down to a second', async t => {
  const due = (remeasured: number, remeasureAfter: string[]) =>
    measureAgainAt(makeIncident({ verdict: DEGRADED, remeasured }), settingsSchema.parse({ remeasureAfter }), START)
  t.equal(due(0, ['PT1S']), START + SECOND)
  t.equal(due(1, ['PT1S']), START + SECOND)
  t.equal(due(1, ['PT2M', 'PT1M']), START + SECOND, 'never less than a second')
})
