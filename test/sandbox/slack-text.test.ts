import fc from 'fast-check'
import t from 'tap'
import { html, linkTo, timeOf } from '../../src/sandbox/html.ts'
import { slackText } from '../../src/sandbox/slack-text.ts'

const shown = (text: string) => slackText(text, url => url.href).markup

t.test("Slack's marks become what Slack would show", t => {
  const cases: [text: string, markup: string][] = [
    ['plain', 'plain'],
    ['*bold* _it_ ~gone~ `a*b*`', '<strong>bold</strong> <em>it</em> <s>gone</s> <code>a*b*</code>'],
    ['core_flow and some_other_name', 'core_flow and some_other_name'],
    ['2*3*4', '2*3*4'],
    ['a &lt;b&gt; &amp;amp;', 'a &lt;b&gt; &amp;amp;'],
    ['one\ntwo', 'one<br>two'],
    [
      '<https://a.example/?x=1&amp;y=2|a &amp; b>',
      '<a href="https://a.example/?x=1&amp;y=2" rel="noreferrer">a &amp; b</a>',
    ],
    ['*<https://a.example/|t>*', '<strong><a href="https://a.example/" rel="noreferrer">t</a></strong>'],
    ['<javascript:alert(1)|t>', 't'],
    [
      '<!here> <@U1> <!subteam^S9|@web>',
      '<span class="mention">@here</span> <span class="mention">@U1</span> <span class="mention">@web</span>',
    ],
    ['<!date^0^{date}|1970>', timeOf(0).markup],
    ['<!date^soon^{date}|soon>', 'soon'],
    ['<!date^99999999999999^{date}|then>', '(no time)'],
    ['*not closed <', '*not closed &lt;'],
  ]
  for (const [text, markup] of cases) t.equal(shown(text), markup, text)
  t.end()
})

t.test('no text at all makes markup that is not ours', t => {
  const ours =
    /<\/?(strong|em|s|code|br|span class="mention"|span|time|a)>|<a href="https?:[^"<>]*" rel="noreferrer">|<time datetime="[\dT:.Z+-]+">/g
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '<',
      '>',
      '|',
      '*',
      '_',
      '~',
      '`',
      '&lt;',
      '&amp;lt;',
      '"',
      "'",
      '!date^',
      'https://x.y/',
      'javascript:',
      '\n',
      '@',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), pieces => !/[<>"]/.test(shown(pieces.join('')).replace(ours, ''))),
    { numRuns: 500 },
  )
  t.end()
})

t.test('a template escapes what it is given, and only http links are links', t => {
  t.equal(
    html`<p title="${'"><x'}">${'<&>'}${null}${1}${[html`<b>${'&'}</b>`]}</p>`.markup,
    '<p title="&quot;&gt;&lt;x">&lt;&amp;&gt;1<b>&amp;</b></p>',
  )
  t.equal(linkTo('data:text/html,x', '<x>').markup, '&lt;x&gt;')
  t.match(linkTo('https://a.example', 'x').markup, /^<a href="https:\/\/a.example\/"/)
  t.end()
})
