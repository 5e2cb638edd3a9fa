import t from 'tap'
import { defaultRules } from '../../src/rules/default-rules.ts'
import { validateRules } from '../../src/rules/validate-rules.ts'

function problemsWith(conditions: object[]): { path: string; message: string }[] {
  const draft = structuredClone(defaultRules({ pagerduty: false, slack: false })) as { routes: object[] }
  const rows = conditions.map((when, n) => ({ id: `r${n}`, name: `r${n}`, policy: 'p0', when }))
  draft.routes = [...rows, ...draft.routes]
  const result = validateRules(draft, { destinations: [{ id: 'backlog', kind: 'backlog' }] })
  return 'problems' in result ? result.problems.filter(({ message }) => /together/.test(message)) : []
}
const several = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))

t.test('a document of heavy patterns is refused once, not tried', async t => {
  const heavy = (n: number) => ({ field: 'transaction', op: 'regex', value: `(?i)[a-z]{1,200}${n}` })
  t.same(problemsWith(several(50, heavy)), [])
  t.match(problemsWith(several(600, heavy)), [
    { path: /^\/routes\/\d+\/when\/value$/, message: /patterns .* too large/ },
  ])
  const inside = (n: number) => ({ cel: `re2(transaction, "(?i)[a-z]{1,200}${n}")` })
  t.match(problemsWith(several(600, inside)), [
    { path: /^\/routes\/\d+\/when\/cel$/, message: /patterns .* too large/ },
  ])
})

t.test('a document of long expressions too, one as people write it is not', async t => {
  const long = (n: number) => ({ cel: several(70, part => `project == "${n}-${part}"`).join(' || ') })
  t.match(problemsWith(several(900, long)), [{ path: /\/cel$/, message: /expressions of one document/ }])
  t.same(problemsWith(several(5_000, n => ({ cel: `project == "web-${n}" && users_per_hour > 10` }))), [])
})
