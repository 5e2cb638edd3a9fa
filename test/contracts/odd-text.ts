import fc from 'fast-check'

/** What error messages are made of in the worst case. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 400 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 3_000 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      '\u0000\u0007\n\r\t',
      '<!channel> <@U123> &amp; <',
      '`*_~|`',
      '\ud800',
      'constructor',
      '__proto__',
      'toString',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom('<', '&', '🔥', '👩‍👩‍👧‍👦', 'é', 'x').map(unit => unit.repeat(20_000)) },
)

export const oddUrl: fc.Arbitrary<string | null> = fc.oneof(
  fc.constant(null),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.constantFrom(
    'javascript:alert(1)',
    'not a url',
    'https://x/|<!channel>',
    `https://x/${'a'.repeat(5_000)}`,
    'https://x/?a=1&b=2',
  ),
)
