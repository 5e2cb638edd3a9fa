import fc from 'fast-check'
import t from 'tap'
import { brokenMarkup } from '../../src/sandbox/slack-block-rules.ts'
import { mentionWords } from '../../src/slack/mention.ts'
import { code, escaped, link, moment, plain } from '../../src/slack/mrkdwn.ts'
import { oddText, oddUrl } from '../contracts/odd-text.ts'

const room = fc.integer({ min: 3, max: 400 })

t.test('text is escaped, and never longer than its room nor cut inside an entity', async t => {
  t.equal(escaped('a & b <!channel>', 100), 'a &amp; b &lt;!channel&gt;')
  t.equal(escaped('<<<<', 9), '&lt;&lt;…')
  t.equal(escaped('abc', 3), 'abc')
  t.equal(escaped('abcd', 3), 'ab…')
  fc.assert(
    fc.property(oddText, room, (text, most) => {
      const sent = escaped(text, most)
      return sent.length <= most && brokenMarkup(sent) === null && sent.isWellFormed()
    }),
  )
})

t.test('code cannot be broken out of', async t => {
  t.equal(code('a`b<', 20), "`a'b&lt;`")
  t.equal(code(' ', 20), '')
  fc.assert(
    fc.property(oddText, room, (text, most) => {
      const sent = code(text, most)
      return sent === '' || (sent.length <= most && sent.slice(1, -1).indexOf('`') < 0)
    }),
  )
})

t.test('plain text carries no angle brackets, so no mention however Slack reads it', async t => {
  t.equal(plain('<!here> & co', 50), '‹!here› & co')
  fc.assert(
    fc.property(oddText, room, (text, most) => plain(text, most).length <= most && !/[<>]/.test(plain(text, most))),
  )
})

t.test('a link is whole, within its room, and only http(s); without one the label stands alone', async t => {
  t.equal(link('https://x.example/?a=1&b=|', 'A|B', 100), '<https://x.example/?a=1&amp;b=%7C|A¦B>')
  t.equal(link('javascript:alert(1)', 'label', 100), 'label')
  t.equal(link(null, 'label', 100), 'label')
  t.equal(link('https://x.example/', ' ', 100), '')
  t.equal(link(`https://x.example/${'a'.repeat(300)}`, 'label', 100), 'label')
  t.equal(link(`https://x.example/${'a'.repeat(2_000)}`, 'label', 5_000), 'label')
  fc.assert(
    fc.property(oddText, oddUrl, room, (label, url, most) => {
      const sent = link(url, label, most)
      return sent.length <= most && brokenMarkup(sent) === null
    }),
  )
})

t.test("a moment is shown in the reader's zone, in UTC where that fails", async t => {
  t.equal(moment(Date.UTC(2026, 10, 2, 9, 30)), '<!date^1793611800^{date_short_pretty} {time}|2026-11-02 09:30 UTC>')
})

t.test('whom a post calls', async t => {
  const table: [string | null, string | null, string | RegExp][] = [
    [null, 'U123456', ''],
    ['', 'U123456', ''],
    ['here', null, '<!here>'],
    ['channel', null, '<!channel>'],
    ['team-lead', 'U123456', '<@U123456>'],
    ['team-lead', 'W123456', '<@W123456>'],
    ['team-lead', 'S123456', '<!subteam^S123456>'],
    ['team-lead', null, '_team lead: not configured_'],
    ['team-lead', '', '_team lead: not configured_'],
    ['team-lead', '@anna', /not a Slack user/],
    ['U999999', null, '<@U999999>'],
    ['S999999', null, '<!subteam^S999999>'],
    ['<!channel>', null, /cannot tag &lt;!channel&gt;/],
  ]
  for (const [mention, lead, expected] of table) {
    const words = mentionWords(mention, lead)
    if (typeof expected === 'string') t.equal(words, expected, String(mention))
    else t.match(words, expected)
  }
})
