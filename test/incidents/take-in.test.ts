import t from 'tap'
import { newIncident } from '../../src/incidents/new-incident.ts'
import { takeIn } from '../../src/incidents/take-in.ts'
import type { Signal } from '../../src/signals/signal.ts'
import { judged, MINUTE, makeSignal, START } from '../support/make.ts'

const trouble = (title: string, at: number): Signal =>
  makeSignal({ at, subject: { kind: 'source', condition: 'sentry-api-failing' }, facts: { title, issue: null } })

t.test("a source's incident says how it fails now; an issue keeps the title it opened with", async t => {
  const opened = newIncident(judged(trouble('in trouble (500)', START)), START)
  const later = takeIn(opened, judged(trouble('the rate limit is used up (429)', START + MINUTE)), START + MINUTE)
  t.equal(later.title, 'the rate limit is used up (429)')
  t.equal(takeIn(later, judged(trouble('in trouble (500)', START)), START + MINUTE).title, later.title, 'older words')
  const again = judged(trouble('in trouble (500)', START + 2 * MINUTE), { again: true })
  t.equal(takeIn(later, again, START + 2 * MINUTE).title, later.title, 'measuring again repeats the words of before')
  const issue = newIncident(judged(makeSignal()), START)
  t.equal(takeIn(issue, judged(makeSignal({ facts: { title: 'other' } })), START).title, issue.title)
})
