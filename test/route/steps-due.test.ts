import t from 'tap'
import type { Escalation, Incident } from '../../src/incidents/incident.ts'
import { clockSetBack, jumpTo, stepAt, stepsAnew, stepsDue } from '../../src/route/steps-due.ts'
import { MINUTE, makeEscalation, makeIncident, START } from '../support/make.ts'

const PAGE = 'pagerduty-oncall'
const SECOND_PAGE = 'pagerduty-managers'
const POST = 'slack-incidents'
const pages = (destination: string) => destination.startsWith('pagerduty')
const HOUR = 60 * MINUTE

type Step = [minutes: number, destination: string, mention?: string]

/** Steps at these minutes; the first is told. */
function escalation(steps: readonly Step[], change: Partial<Escalation> = {}): Escalation {
  const [, second] = steps
  return {
    ...makeEscalation(),
    steps: steps.map(([minutes, destination, mention = null]) => ({
      after: minutes === 0 ? 'PT0S' : `PT${minutes}M`,
      within: 'always',
      targets: [{ destination, mention }],
    })),
    dueAt: second === undefined ? null : START + second[0] * MINUTE,
    ...change,
  }
}
const incident = (escalations: Escalation[], change: Partial<Incident> = {}) => makeIncident({ escalations, ...change })
const told = (found: ReturnType<typeof stepsDue>) =>
  found.tell.map(one => (one.to === 'target' ? `${one.step} ${one.destination} ${one.mention ?? ''}`.trim() : one.to))

t.test('a step is told when its time has come, and not before', async t => {
  const one = incident([
    escalation([
      [0, PAGE],
      [15, POST, 'here'],
    ]),
  ])
  t.same(stepsDue(one, START + 15 * MINUTE - 1, pages).words, [])
  const due = stepsDue(one, START + 15 * MINUTE, pages)
  t.same(told(due), [`1 ${POST} here`])
  t.match(due, { escalations: [{ step: 1, dueAt: null }], pageAgain: false })
  t.match(due.words, [/nobody has acknowledged it: step 2 of policy some-policy/])
})

t.test('whoever was away for long finds every step told, and no destination twice', async t => {
  const one = incident([
    escalation([
      [0, PAGE],
      [15, POST],
      [30, SECOND_PAGE],
      [45, POST, 'here'],
    ]),
  ])
  const due = stepsDue(one, START + HOUR, pages)
  t.same(told(due), [`3 ${POST} here`, `2 ${SECOND_PAGE}`])
  t.equal(due.words.length, 3)
})

t.test(
  'a policy that repeats begins again so often, one round at a time, each under a new page generation',
  async t => {
    const repeat = { times: 2, after: 'PT30M', within: 'always' as const }
    let one = incident([
      escalation(
        [
          [0, PAGE],
          [15, POST],
        ],
        { repeat },
      ),
    ])
    const found: [number, string[], boolean][] = []
    for (let at = START; at <= START + 5 * HOUR; at += MINUTE) {
      const due = stepsDue(one, at, pages)
      if (due.words.length > 0) found.push([(at - START) / MINUTE, told(due), due.pageAgain])
      one = { ...one, escalations: due.escalations }
    }
    t.same(found, [
      [15, [`1 ${POST}`], false],
      [45, [`0 ${PAGE}`], true],
      [60, [`1 ${POST}`], false],
      [90, [`0 ${PAGE}`], true],
      [105, [`1 ${POST}`], false],
    ])
    t.equal(stepAt(one), null, 'then it is over')

    const late = incident([
      escalation(
        [
          [0, PAGE],
          [15, POST],
        ],
        { repeat, step: 1, dueAt: START + 45 * MINUTE },
      ),
    ])
    const due = stepsDue(late, START + 48 * HOUR, pages)
    t.same(told(due), [`0 ${PAGE}`], 'after two days away: one round, not all that were missed')
    t.match(due.escalations, [{ repeated: 1, startedAt: START + 48 * HOUR, dueAt: START + 48 * HOUR + 15 * MINUTE }])
  },
)

t.test('what wakes nobody needs no new page generation', async t => {
  const repeat = { times: 1, after: 'PT30M', within: 'always' as const }
  const one = incident([escalation([[0, POST]], { repeat, dueAt: START + 30 * MINUTE })])
  t.match(stepsDue(one, START + 30 * MINUTE, pages), { pageAgain: false, tell: [{ destination: POST }] })
})

t.test('a new page generation closes the pages of other escalations: they are paged again with it', async t => {
  const repeat = { times: 1, after: 'PT30M', within: 'always' as const }
  const one = incident([
    escalation([[0, PAGE]], { repeat, dueAt: START + 30 * MINUTE }),
    escalation(
      [
        [0, SECOND_PAGE],
        [600, POST],
      ],
      { route: 'other' },
    ),
  ])
  const due = stepsDue(one, START + 30 * MINUTE, pages)
  t.same(told(due), [`0 ${PAGE}`, `0 ${SECOND_PAGE}`])
  t.equal(due.pageAgain, true)
  t.equal(due.escalations[1]?.dueAt, START + 600 * MINUTE, 'their own clock goes on')
})

t.test('by hand the next step is told now, and what follows keeps its distance', async t => {
  const one = incident([
    escalation([
      [0, PAGE],
      [15, POST],
      [45, SECOND_PAGE],
    ]),
  ])
  const now = START + 5 * MINUTE
  const next = jumpTo(one, null, now, pages)
  t.same(told(next), [`1 ${POST}`])
  t.match(next.escalations, [{ step: 1, dueAt: now + 30 * MINUTE }])
  t.equal(next.pageAgain, false)

  const last = jumpTo(one, 2, now, pages)
  t.same(told(last), [`2 ${SECOND_PAGE}`])
  t.match(last.escalations, [{ step: 2, dueAt: null }])
  t.equal(last.pageAgain, false, 'it was never paged before')

  const first = jumpTo(one, 0, now, pages)
  t.same(told(first), [`0 ${PAGE}`])
  t.equal(first.pageAgain, true, 'told again: the alert that is open would wake nobody')
  t.match(first.escalations, [{ step: 0, dueAt: now + 15 * MINUTE }])

  t.same(jumpTo(one, 3, now, pages), { escalations: one.escalations, tell: [], words: [], pageAgain: false })
  const over = incident([escalation([[0, PAGE]])])
  t.same(told(jumpTo(over, null, now, pages)), [`0 ${PAGE}`], 'none is left: from the first again')
})

t.test('what was paged is paged anew in a later lap, even where a silence came between', async t => {
  const one = incident([
    escalation(
      [
        [0, POST],
        [15, PAGE],
      ],
      { step: 1, dueAt: null },
    ),
  ])
  const anew = { ...one, escalations: stepsAnew(one, START + HOUR) }
  t.match(anew.escalations, [{ step: 0, startedAt: START + HOUR, dueAt: START + HOUR + 15 * MINUTE }])
  t.match(stepsDue(anew, START + HOUR + 15 * MINUTE, pages), { pageAgain: true, tell: [{ destination: PAGE }] })

  const held = incident([
    escalation([
      [0, POST],
      [15, PAGE],
    ]),
  ])
  const first = { ...held, escalations: stepsAnew(held, START + HOUR) }
  t.match(stepsDue(first, START + HOUR + 15 * MINUTE, pages), { pageAgain: false }, 'it was not paged before')
})

t.test('what an incident waits for', async t => {
  const steps = [
    escalation(
      [
        [0, PAGE],
        [15, POST],
      ],
      { staleAfter: 'PT4H' },
    ),
    escalation([
      [0, POST],
      [10, PAGE],
    ]),
  ]
  const by = { by: 'Ada', reason: 'known', since: START }
  const quiet = { speaker: 'inc_1', reason: 'it spoke first', since: START, holds: 'pages' as const }
  const acknowledged = { status: 'acknowledged' as const, acknowledgedAt: START + MINUTE }
  const cases: [string, Partial<Incident>, number | null][] = [
    ['open: the earliest step of its escalations', {}, START + 10 * MINUTE],
    ['silenced: the end of the silence', { silenced: { ...by, until: START + HOUR } }, START + HOUR],
    ['archived: nothing', { muted: by }, null],
    ['another speaks for it: nothing', { quiet }, null],
    ['acknowledged: until that is stale', acknowledged, START + MINUTE + 4 * HOUR],
    ['resolved: nothing', { status: 'resolved', silenced: { ...by, until: START + HOUR } }, null],
  ]
  for (const [name, change, at] of cases) t.equal(stepAt(incident(steps, change)), at, name)
  const [first] = steps
  const reminded = first && incident([{ ...first, remindedAt: START + 5 * HOUR }], acknowledged)
  t.equal(reminded && stepAt(reminded), START + 9 * HOUR, 'reminded: the same time again')
  const before = first && incident([{ ...first, remindedAt: START }], acknowledged)
  t.equal(
    before && stepAt(before),
    START + MINUTE + 4 * HOUR,
    'a reminder of an earlier acknowledgement counts no more',
  )
})

t.test('a clock that was set back puts neither a step nor a round off', async t => {
  const repeat = { times: null, after: 'PT30M', within: 'always' as const }
  const now = START - 24 * HOUR
  const two: Step[] = [
    [0, PAGE],
    [15, POST],
  ]
  t.match(clockSetBack(incident([escalation(two)]), now), [{ startedAt: now, dueAt: now + 15 * MINUTE, step: 0 }])
  const round = incident([escalation(two, { repeat, step: 1, dueAt: START + 45 * MINUTE })])
  t.match(clockSetBack(round, now), [{ dueAt: now + 30 * MINUTE, step: 1 }])
  t.equal(clockSetBack(incident([escalation(two)]), START - 30_000), null, 'clocks of two processes differ a little')
  t.equal(clockSetBack(incident([escalation([[0, PAGE]])]), now), null, 'nothing is waited for')
  const since = incident([escalation(two, { startedAt: now - MINUTE, dueAt: now + 14 * MINUTE })])
  t.equal(clockSetBack(since, now), null, 'it waits from before')
})
