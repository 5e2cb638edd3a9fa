import t from 'tap'
import { compare } from '../../src/classify/compare.ts'
import { fitsRegex, whyRegexIsRefused } from '../../src/classify/regex.ts'

t.test('a pattern is looked for anywhere, and may bind itself or ignore case', async t => {
  t.equal(fitsRegex('POST /pay/card', '/pay/'), true)
  t.equal(fitsRegex('POST /pay/card', '^/pay/'), false)
  t.equal(fitsRegex('POST /pay/card', '(?i)post .*CARD$'), true)
})

t.test('what RE2 does not read is refused with its reason, and never matches', async t => {
  for (const pattern of ['[', 'a(?=b)', '(a)\\1', 'a{1000}', 'x'.repeat(501), '((a{100}){100}){100}']) {
    t.type(whyRegexIsRefused(pattern), 'string', pattern.slice(0, 20))
    t.equal(fitsRegex('aaa', pattern), null)
    const field = 'transaction'
    t.equal(
      compare({ field, op: 'regex', value: pattern }, () => 'aaa'),
      'unknown',
    )
  }
  t.match(whyRegexIsRefused('a(?=b)'), /no look-around/)
  t.match(whyRegexIsRefused('a{1000}'), /repeat less/)
})

t.test('patterns that take others for ever are answered', async t => {
  // 28 characters took a backtracking engine 6.4 s; it would never end with these.
  const hostile = `${'a'.repeat(20_000)}!`
  for (const pattern of ['(a*)*b', '(a+)+$', '(a|a)*b', '(a|aa)+$', '(.*)(.*)(.*)x'])
    t.equal(fitsRegex(hostile, pattern), false, pattern)
})

t.test('a regex of what is unknown is unknown, of what has none false', async t => {
  const asks = { field: 'transaction', op: 'regex', value: 'pay' } as const
  t.equal(
    compare(asks, () => undefined),
    'unknown',
  )
  t.equal(
    compare(asks, () => null),
    false,
  )
  t.equal(
    compare(asks, () => 'a/pay'),
    true,
  )
})
