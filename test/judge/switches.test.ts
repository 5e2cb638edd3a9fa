import t from 'tap'
import { readArguments } from '../../judge/arguments.ts'
import { SWITCHES, type SwitchName, takeAway } from '../../judge/switches.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'
import { rulesDocumentSchema } from '../../src/rules/rules-document.ts'

const shipped = defaultRules({ pagerduty: true, slack: true })

t.test('every switch changes the shipped rules, into rules that could be published', async t => {
  for (const name of Object.keys(SWITCHES) as SwitchName[]) {
    const edited = takeAway(shipped, [name])
    t.notSame(edited, shipped, name)
    t.ok(rulesDocumentSchema.safeParse(edited).success, name)
  }
})

t.test('switches add up', async t => {
  const both = takeAway(shipped, ['data-loss', 'cosmetic'])
  t.same(
    both.severityRules.filter(rule => !rule.enabled).map(rule => rule.id),
    ['data-loss', 'cosmetic'],
  )
})

t.test('the command line says what is wrong with it', async t => {
  t.match(readArguments([]), { without: [], only: [], list: false })
  t.match(readArguments(['--seed', '7', '--without', 'data-loss', '--only', 'a', '--only', 'b']), {
    seed: 7,
    without: ['data-loss'],
    only: ['a', 'b'],
  })
  t.throws(() => readArguments(['--without', 'nothing']), /no such switch; there are data-loss/)
  t.throws(() => readArguments(['--seed', 'x']), /a whole number/)
})
