import t from 'tap'
import { toLink, toText } from '../../src/sentry/payload-fields.ts'

t.test('text is always well-formed, short and long, so that it can be sent on and stand in an address', async t => {
  for (const text of [
    '\ud800',
    'a\udfffb',
    '\ud83d'.repeat(3_000),
    `${'x'.repeat(1_999)}💥`,
    `\ud800${'x'.repeat(3_000)}`,
  ]) {
    const read = toText(text) ?? ''
    t.ok(read.isWellFormed() && read.length > 0 && read.length <= 2_001, JSON.stringify(text).slice(0, 20))
    t.doesNotThrow(() => encodeURIComponent(read))
  }
  t.equal(toText('💥'), '💥')
  t.equal(toText(`${'x'.repeat(1_999)}💥`), `${'x'.repeat(1_999)}…`, 'a pair that does not fit is left out whole')
  t.equal(toLink('https://sentry.example/\ud800'), null)
})
