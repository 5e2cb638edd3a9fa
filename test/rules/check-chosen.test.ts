import { readFileSync } from 'node:fs'
import t from 'tap'
import { checkChosen } from '../../src/rules/check-chosen.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'

const rules = defaultRules({ pagerduty: true, slack: true })

t.test('what can be followed is saved', async t => {
  t.equal(checkChosen({ policy: '(routes)' }, rules), null)
  t.equal(checkChosen({ policy: 'p1', severity_floor: 'P2', severity_ceiling: 'P1' }, rules), null)
  t.equal(
    checkChosen({ policy: 'p1', severity_floor: 'none', severity_ceiling: '', ceiling_holds_for: '' }, rules),
    null,
  )
})

t.test('what cannot is refused with what to do', async t => {
  t.match(checkChosen({ policy: 'P1' }, rules), /expected the id of a policy/)
  t.match(checkChosen({ policy: 'p7' }, rules), /there is no policy "p7"\. Did you mean "p0"\?/)
  t.match(checkChosen({ policy: 'p1', severity_floor: 'P0', severity_ceiling: 'P2' }, rules), /floor P0 is more severe/)
  t.match(checkChosen({ policy: 'p1', severity_floor: 'high' }, rules), /expected P0, P1, P2 or P3/)
  t.match(checkChosen({ team: 'x' }, rules), /nothing is chosen/)
  t.match(checkChosen({}, rules), /nothing is chosen/)
})

t.test('everything that sentry-integration-schema.json offers can be saved', async t => {
  const file = new URL('../../sentry-integration-schema.json', import.meta.url)
  const [action] = JSON.parse(readFileSync(file, 'utf8')).elements
  for (const field of action.settings.optional_fields) {
    for (const [value] of field.options) {
      t.equal(checkChosen({ policy: '(routes)', [field.name]: value }, rules), null, `${field.name} ${value}`)
    }
  }
})
