import t from 'tap'
import { defaultRules } from '../../src/rules/default-rules.ts'
import { rulesDocumentSchema } from '../../src/rules/rules-document.ts'

const withPeople = (people: object[]) =>
  rulesDocumentSchema.safeParse({ ...defaultRules({ pagerduty: true, slack: true }), people })

t.test('people are known by their ids elsewhere, as far as these are given', async t => {
  t.same(withPeople([{ name: ' Anna Berg ', slack: 'U024BE7LH' }, { name: 'Bert' }, { name: 'Carl' }]).data?.people, [
    { name: 'Anna Berg', slack: 'U024BE7LH', pagerduty: null, sentry: null, email: null },
    { name: 'Bert', slack: null, pagerduty: null, sentry: null, email: null },
    { name: 'Carl', slack: null, pagerduty: null, sentry: null, email: null },
  ])
})

t.test('one Slack user is one person, and an id is an id', async t => {
  const problems = (people: object[]) =>
    withPeople(people).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  t.match(
    problems([
      { name: 'Anna', slack: 'U024BE7LH' },
      { name: 'Bert', slack: 'U024BE7LH' },
    ]),
    [/people.1.slack: person 0 has the same Slack id/],
  )
  t.match(problems([{ name: 'Anna', slack: '@anna' }]), [/people.0.slack: the id of a Slack user/])
  t.match(problems([{ name: 'Anna', sentry: 'anna' }]), [/people.0.sentry: Sentry's user id, a number/])
})
