import t from 'tap'
import type { Incident } from '../../src/incidents/incident.ts'
import { measureAgainAt } from '../../src/pipeline/measure-again.ts'
import { defaultSeverityRules } from '../../src/rules/default-severity-rules.ts'
import { settingsSchema } from '../../src/rules/rules-document.ts'
import { MINUTE, makeIncident, makeVerdict, SECOND, START, usersImpact } from '../support/make.ts'

const RULES = { settings: settingsSchema.parse({}), severityRules: defaultSeverityRules() }
const HOUR = 60 * MINUTE
const DEGRADED = makeVerdict({ degraded: true })
const quiet = { speaker: 'inc_1', reason: 'it spoke first', since: START }
const measured = { 'measured:crash-free': { since: START, clearedAt: null } }

/** After how many ms it is due again, at `now`. */
function dueIn(change: Partial<Incident>, now = START): number | null {
  const due = measureAgainAt(makeIncident(change), RULES, now)
  return due === null ? null : due - now
}

t.test('when a verdict is due to be made again', async t => {
  const cases: [name: string, incident: Partial<Incident>, due: number | null][] = [
    ['an open issue of late: every 5 minutes', {}, 5 * MINUTE],
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
    ['on a core flow that is P0 already: it cannot rise', { coreFlow: 'checkout', severity: 'P0' }, 5 * MINUTE],
    ['a project condition that we measured: every minute', { kind: 'project', causes: measured }, MINUTE],
    [
      'one that has cleared, beside an alert',
      { kind: 'project', causes: { 'measured:crash-free': { since: START, clearedAt: START } } },
      5 * MINUTE,
    ],
    ['a project incident of metric alerts: their resolve may be lost', { kind: 'project' }, 5 * MINUTE],
    ['another monitor has said its number itself', { kind: 'metric' }, null],
    ['a source: every minute', { kind: 'source' }, MINUTE],
    ['one that is held back: every minute', { quiet }, MINUTE],
    ['one that is over: never', { quiet, verdict: DEGRADED, status: 'resolved', kind: 'source' }, null],
  ]
  for (const [name, incident, due] of cases) t.equal(dueIn(incident), due, name)
})

t.test('an issue on a core flow is watched like any other when nothing was heard of it for 15 minutes', async t => {
  t.equal(dueIn({ coreFlow: 'checkout', lastSignalAt: START }, START + 15 * MINUTE), MINUTE)
  t.equal(dueIn({ coreFlow: 'checkout', lastSignalAt: START }, START + 15 * MINUTE + 1), 5 * MINUTE)
})

t.test('waits that operators chose are kept, in any order and down to a second', async t => {
  const due = (remeasured: number, remeasureAfter: string[]) =>
    measureAgainAt(
      makeIncident({ verdict: DEGRADED, remeasured }),
      { ...RULES, settings: settingsSchema.parse({ remeasureAfter }) },
      START,
    )
  t.equal(due(0, ['PT1S']), START + SECOND)
  t.equal(due(1, ['PT1S']), START + SECOND)
  t.equal(due(1, ['PT2M', 'PT1M']), START + SECOND, 'never less than a second')
})

t.test(
  'an open issue is looked at where it matters: near a threshold, then while events come, least when quiet',
  async t => {
    const users = (count: number, events = count) => {
      const impact = usersImpact(count)
      return {
        impact: { production: { ...impact, events: { ...impact.users, value: events } as typeof impact.users } },
      }
    }
    t.equal(dueIn(users(20)), 5 * MINUTE, 'events keep coming')
    t.equal(dueIn(users(34)), MINUTE, 'a third of the way to 100')
    t.equal(dueIn(users(20), START + 3 * HOUR), 5 * MINUTE, 'by the numbers, not by webhooks: none may come')
    t.equal(dueIn(users(0)), 30 * MINUTE, 'quiet')
    t.equal(dueIn(users(0), START + 25 * HOUR), 3 * HOUR, 'quiet for more than a day')
    t.equal(dueIn({}, START + 2 * HOUR), 30 * MINUTE, 'no numbers, and nothing heard for an hour')
    t.equal(dueIn({ ...users(400), severity: 'P1' }), 5 * MINUTE, 'more users make it no more severe')
  },
)
