import t from 'tap'
import { missedAsSuspects, missedSummary } from '../../src/pipeline/missed-summary.ts'
import type { GapItem } from '../../src/sentry/poll-store.ts'

const FROM = Date.UTC(2026, 10, 21, 2)
const TO = Date.UTC(2026, 10, 21, 8, 10)
const item = (issue: string, change: Partial<GapItem> = {}): GapItem => ({
  ...{ issue, incident: `inc_${issue}`, title: `Error ${issue}`, link: null, users: null, open: true },
  ...change,
})
const title = (items: GapItem[], gap: Partial<Parameters<typeof missedSummary>[1]> = {}) =>
  missedSummary('default', { from: FROM, to: TO, doorShut: true, ...gap }, items, TO).facts.title

t.test('one sentence says when, how many, what is over, and names the largest', async t => {
  t.equal(
    title([item('1', { users: 3 }), item('2', { users: 40 }), item('3', { open: false, users: 900 })]),
    'Nobody was listening from 02:00 to 08:10 UTC: 3 issues missed, 1 resolved since, 2 open: Error 2; Error 1',
  )
  t.equal(
    title([item('1', { open: false })]),
    'Nobody was listening from 02:00 to 08:10 UTC: 1 issue missed, 1 resolved since, none open',
  )
  t.match(
    title(['1', '2', '3', '4', '5'].map(n => item(n))),
    /: 5 issues missed, 5 open: Error 1; Error 2; Error 3; and 2 more$/,
  )
  t.match(title([item('1')], { doorShut: false }), /^Sentry's webhooks did not all arrive from 02:00 to 08:10 UTC: /)
  t.match(title([item('1')], { to: TO + 86_400_000 }), /from 2026-11-21 02:00 to 2026-11-22 08:10 UTC/)
})

t.test('each gap is an incident of its own, and told again it is the same signal', async t => {
  const of = (from: number, now = TO) => missedSummary('default', { from, to: TO, doorShut: true }, [item('1')], now)
  t.equal(of(FROM).id, of(FROM, TO + 60_000).id)
  t.same(of(FROM).subject, { kind: 'source', condition: 'missed-webhooks-2026-11-21T02:00:00Z' })
  t.not(of(FROM).id, of(FROM + 1_000).id)
})

t.test('the open ones are listed first, the largest first, no more than people read', async t => {
  const listed = missedAsSuspects([
    item('1', { open: false, users: 900 }),
    item('2', { users: 5 }),
    item('3', { users: 50, link: 'https://sentry.example/3' }),
  ])
  t.same(
    listed.map(({ title, users, link }) => [title, users, link]),
    [
      ['Error 3', 50, 'https://sentry.example/3'],
      ['Error 2', 5, null],
      ['Error 1 (resolved since)', 900, null],
    ],
  )
  t.equal(missedAsSuspects(Array.from({ length: 80 }, (_, n) => item(String(n)))).length, 50)
})
