import t from 'tap'
import type { Actor } from '../../src/incidents/act.ts'
import type { Tell } from '../../src/incidents/change.ts'
import { callPeople } from '../../src/pipeline/call-people.ts'
import { knownPersonSchema } from '../../src/rules/rules-document.ts'

const PEOPLE = [
  { name: 'Anna', slack: 'U0ANNA', pagerduty: 'PANNA', sentry: '12' },
  { name: 'Bert', slack: 'U0BERT', pagerduty: null, sentry: null },
  { name: 'Carl', slack: null, pagerduty: 'PCARL', sentry: null },
].map(person => knownPersonSchema.parse(person))
const by = (via: Actor['via'], id: string | null, name: string): Actor => ({ via, at: null, id, name })
const called = (...call: Actor[]) => callPeople([{ to: 'posts', say: 'thread', reason: 'it is back', call }], PEOPLE)

t.test('whoever is to see it is called as Slack knows them, wherever they acted, once', async t => {
  t.match(called(by('slack', 'U0DORA', 'dora')), [{ mention: 'U0DORA' }])
  t.match(called(by('pagerduty', 'PANNA', 'Anna B.')), [{ mention: 'U0ANNA' }])
  t.match(called(by('sentry', '12', 'anna@example.com')), [{ mention: 'U0ANNA' }])
  t.match(called(by('api', null, 'Bert'), by('sentry', '12', 'x'), by('slack', 'U0ANNA', 'anna')), [
    { mention: 'U0BERT U0ANNA' },
  ])
})

t.test('nobody is guessed, and everything else is left as it is', async t => {
  t.same(called(by('pagerduty', 'PCARL', 'Carl'), by('sentry', '99', 'Zoe'), by('slack', null, 'x'))[0]?.to, 'posts')
  t.notMatch(called(by('sentry', '99', 'Anna')), [{ mention: String }])
  const others: Tell[] = [
    { to: 'posts', say: 'thread', reason: 'reminded', mention: 'U0BERT' },
    { to: 'backlog', reason: 'later' },
  ]
  t.same(callPeople(others, PEOPLE), others)
})
