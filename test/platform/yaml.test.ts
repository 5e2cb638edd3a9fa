import fc from 'fast-check'
import t from 'tap'
import { readYaml } from '../../src/platform/read-yaml.ts'
import { writeYaml } from '../../src/platform/write-yaml.ts'

/** What people and other YAML readers trip over. */
const AWKWARD = [
  ...[
    '',
    ' ',
    ' a',
    'a ',
    '#b',
    '- c',
    'a: b',
    'a #b',
    '---',
    '...',
    '%x',
    '@a',
    '`a',
    '!a',
    '&a',
    '*a',
    '|',
    '>',
    '? a',
  ],
  ...[
    'no',
    'on',
    'y',
    'Yes',
    'null',
    '~',
    'true',
    '0x1f',
    '0o7',
    '1e3',
    '12:30',
    '1_000',
    '.inf',
    '.nan',
    '2026-01-01',
    '<<',
    '=',
  ],
  ...[
    'x\ny',
    'x\n',
    '\nx',
    'x\n\n',
    '\ttab',
    'a\tb',
    '\r\n',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\u0000',
    '\u001b[2J',
    '"',
    "'",
    '\\',
    '{',
    '[',
  ],
]
const text = fc.oneof(
  fc.constantFrom(...AWKWARD),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const { tree } = fc.letrec(tie => ({
  leaf: fc.oneof(
    text,
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  ),
  tree: fc.oneof(
    { maxDepth: 5 },
    tie('leaf'),
    fc.array(tie('tree'), { maxLength: 5 }),
    fc.dictionary(
      text.filter(name => !['__proto__', '<<'].includes(name)),
      tie('tree'),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
}))

t.test('what is written is read as it was, and written again as the same bytes', async t => {
  const whole = fc.record({ rules: tree, note: text })
  fc.assert(
    fc.property(whole, value => {
      const written = writeYaml(value, ['how to use it', ''])
      const read = readYaml(written)
      if ('mistakes' in read) throw new Error(JSON.stringify(read.mistakes))
      // JSON knows one zero.
      t.same(JSON.stringify(read.value), JSON.stringify(value))
      return writeYaml(read.value, ['how to use it', '']) === written
    }),
    { seed: 20261122, numRuns: 300 },
  )
})

t.test('whatever the text: an answer, in bounded time, and no value of it in what is said', async t => {
  const pieces = fc.constantFrom(
    'a',
    ': ',
    '- ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    '&x ',
    '*x',
    '!t ',
    '"',
    '#',
    '|',
    '>',
    ',',
    '%YAML 1.1\n',
    '---\n',
    'SECRET',
  )
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 40 }).map(all => all.join('')),
      source => {
        const read = readYaml(source)
        if ('mistakes' in read) return read.mistakes.length > 0
        read.placeOf('/a/0/b')
        return true
      },
    ),
    { seed: 20261122, numRuns: 1_000 },
  )
  const secret = 'xoxb-a-secret-that-stands-in-the-text'
  for (const wrong of [
    `a: "${secret}`,
    `a: |${secret}\n`,
    `a: [${secret}`,
    `a: @${secret}`,
    `- a\n${secret}`,
    `a: *${secret}`,
    `a: !${secret} x`,
  ]) {
    const read = readYaml(wrong)
    t.ok('mistakes' in read, wrong)
    t.notOk(JSON.stringify(read).includes(secret), wrong)
  }
})

t.test('what is refused, and where it stands', async t => {
  const cases: [source: string, says: RegExp, line: number | null][] = [
    ['a: 1\nb: 2\na: 3', /"a" stands twice/, 3],
    ['a:\n  - !!binary aGk=', /tags/, 2],
    ['a: &x {b: 1}\nc:\n  <<: *x', /merge keys/, 3],
    ['--- 1\n--- 2', /several documents/, 2],
    ['%YAML 1.1\n---\na: no', /YAML 1.2/, 1],
    ['a: *nobody', /anchor/, null],
    ['x: {"__proto__": 1}', /forbidden/, 1],
    ['a:\n\t- b', /[Tt]abs/, 2],
    ['['.repeat(50_000), /too deep/, 1],
    [`- &a x\n${'- *a\n'.repeat(10)}- &b [${'*a,'.repeat(50)}]\n- [${'*b,'.repeat(50)}]`, /100 copies/, null],
  ]
  for (const [source, says, line] of cases) {
    const read = readYaml(source)
    t.match(read, { mistakes: [{ message: says, place: line === null ? null : { line } }] }, source.slice(0, 40))
  }
  t.match(readYaml('{\n\t"a": [1]\n}'), { value: { a: [1] } }, 'JSON indented with tabs')
  t.match(readYaml('\ufeffa: 1'), { value: { a: 1 } })
})
