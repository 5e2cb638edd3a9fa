import t from 'tap'
import type { Table } from '../../src/classify/fields.ts'
import { checkCondition } from '../../src/rules/check-condition.ts'
import { createProblemList } from '../../src/rules/problem-list.ts'

function problemsOf(condition: unknown, table: Table | null = 'issue'): { path: string; message: string }[] {
  const problems = createProblemList()
  checkCondition(condition, ['when'], table, problems)
  return problems.all
}
const says = (cel: unknown, table: Table | null = 'issue') =>
  problemsOf({ cel }, table)
    .map(({ message }) => message)
    .join(' | ')

t.test('what can be asked is published', async t => {
  for (const cel of [
    'users_per_hour > 3 * baseline_users',
    'level >= "error" && category in ["error"] || !known(release)',
    're2(transaction, "^POST /pay") ? is_new : tag("plan") == "gold"',
  ])
    t.same(problemsOf({ cel }), [], cel)
  t.same(problemsOf({ none: [{ cel: 'is_new' }, { field: 'transaction', op: 'regex', value: '^GET' }] }), [])
})

t.test('a wrong name is told with its place and the right one', async t => {
  t.match(problemsOf({ all: [{ cel: 'is_new && user_per_hour > 3' }] }), [
    { path: '/when/all/0/cel', message: /at character 11 .*unknown field "user_per_hour".*"users_per_hour"/ },
  ])
  t.match(says('users-per-hour > 3'), /written users_per_hour/)
  t.match(says('crash-free.production < 95', 'project'), /written crash_free_production/)
  t.match(says('tags.team == "x"'), /tag\("team"\)/)
  t.match(says('users_per_hour > 3', 'source'), /about a source cannot ask "users_per_hour"; it can ask: source/)
  t.match(says('nothing_such == 1', null), /unknown field/)
})

t.test('types, values and patterns are looked at', async t => {
  t.match(says('project == 3'), /text == number/)
  t.match(says('users_per_hour'), /true or false, not as a number/)
  t.match(says('level == "eror"'), /Did you mean "error"/)
  t.match(says('category in ["eror"]'), /Did you mean "error"/)
  t.match(says('severity == "P7"', 'route'), /"P7" is no severity/)
  t.match(says('re2(project, "a(?=b)")'), /no look-around/)
  t.match(says('re2(project, release)'), /a pattern in quotes/)
  t.match(says('release > "1.2"'), /texts have no order/)
  t.match(says('release == null'), /known\(field\)/)
  t.match(says('1 == 1'), /asks about no field/)
})

t.test('what could take for ever, reach out or pile up is refused', async t => {
  t.match(says('transaction.matches("(a+)+$")'), /re2\(text, "pattern"\)/)
  t.match(says('["a"].exists(x, ["b"].exists(y, x == y)) || is_new'), /goes through lists/)
  t.match(says('cel.bind(x, release, x == "1")'), /goes through lists/)
  t.match(says('project + project == "ab"'), /not joined/)
  t.match(says('timestamp("2026-01-01T00:00:00Z").getHours() > 3'), /no method/)
  t.match(says('dyn(project) == 3'), /no function "dyn"/)
  t.match(says('project.constructor == "a"'), /nothing is reached into/)
  t.match(says('{"a": is_new}.a'), /nothing is reached into/)
  t.match(says('x'.repeat(2_001)), /longer than 2000/)
  t.match(says('!'.repeat(1_900).concat('is_new')), /nested/)
})

t.test('its shape', async t => {
  t.match(says(''), /must be an expression in quotes/)
  t.match(says(3), /must be an expression in quotes/)
  t.match(problemsOf({ cel: 'is_new', field: 'x' }), [{ path: '/when/field', message: /beside "cel"/ }])
  t.match(problemsOf({ none: [] }), [{ path: '/when/none', message: /a list of 1 to 50/ }])
  t.match(problemsOf({ field: 'users-per-hour', op: 'regex', value: '1' }), [{ path: '/when/op' }])
  t.match(problemsOf({ field: 'release', op: 'regex', value: '(' }), [{ path: '/when/value', message: /RE2/ }])
})
