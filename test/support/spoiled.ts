import fc from 'fast-check'

/** What breaks programs: of the wrong kind, too much, too deep, or with a meaning of its own somewhere. */
export const NASTY_TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\r\nX-Injected: yes',
  '\u202egnp.exe',
  '\ud800',
  '\ufeff',
  '💥'.repeat(50),
  'é'.normalize('NFD'),
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%00',
  '%',
  `\${7*7}`,
  '{{7*7}}',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '*',
  '(a+)+$',
  '(a|a)*b',
  'NaN',
  'Infinity',
  '-0',
  '1e309',
  'PT9999999999999999H',
  'P1Y',
  '-PT1S',
  'PT',
  '2026-02-30T25:61:00Z',
  '0000-00-00T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  'FREQ=SECONDLY',
  'FREQ=DAILY;COUNT=99999999',
  'Mars/Olympus',
  'x'.repeat(3_000),
]
const NASTY_VALUES: unknown[] = [
  ...NASTY_TEXTS,
  null,
  true,
  false,
  0,
  -1,
  -0,
  1.5,
  1e308,
  -1e308,
  2 ** 53,
  2147483648,
  [],
  {},
  [[]],
  [null],
  [{}],
  { length: -1 },
  { toString: 'x' },
  { catch: 'x' },
  { $ref: '#' },
  'x'.repeat(70_000),
  deep(200),
  Array.from({ length: 2_000 }, (_, i) => i),
]
const NASTY_NAMES = [
  'extra',
  '',
  '__proto__x',
  'constructor',
  'toString',
  'valueOf',
  'length',
  'id ',
  'Id',
  'a/b~c',
  '\u0000',
  '$where',
]

export const nastyText = fc.oneof(fc.constantFrom(...NASTY_TEXTS), fc.string({ maxLength: 40, unit: 'binary' }))
export const nastyValue = fc.constantFrom(...NASTY_VALUES)

function deep(levels: number): unknown {
  let made: unknown = 'x'
  for (let level = 0; level < levels; level++) made = level % 2 === 0 ? [made] : { all: made }
  return made
}

/** The value with something wrong at one, two or three places: another value, a member gone, a member too many. */
export function spoiled(good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const harm = fc.record({ at: fc.nat(), how: fc.nat(9), value: nastyValue, name: fc.constantFrom(...NASTY_NAMES) })
  return fc.tuple(good, fc.array(harm, { minLength: 1, maxLength: 3 })).map(([value, harms]) =>
    harms.reduce<unknown>((now, { at, how, value: nasty, name }) => {
      const copy: Holder = { root: structuredClone(now) }
      const places = placesIn(copy)
      const [holder, key] = places[at % places.length] ?? [copy, 'root']
      if (how < 6) holder[key] = nasty
      else if (how < 8) delete holder[key]
      else if (typeof holder[key] === 'object' && holder[key] !== null && !Array.isArray(holder[key]))
        (holder[key] as Record<string, unknown>)[name] = nasty
      return copy.root
    }, value),
  )
}

type Holder = Record<string, unknown>

function placesIn(holder: Holder): [Holder, string][] {
  return Object.entries(holder)
    .slice(0, 50)
    .flatMap(([key, value]): [Holder, string][] => [
      [holder, key],
      ...(typeof value === 'object' && value !== null && JSON.stringify(value).length < 20_000
        ? placesIn(value as Holder)
        : []),
    ])
}

/** Bodies that are no JSON, or no body that anybody meant. */
export const brokenText = fc.oneof(
  fc.constantFrom(
    '{',
    '{"a":}',
    '[1,]',
    '{"a":1}}',
    'null',
    '"text"',
    '7',
    'true',
    '[]',
    '\u0000',
    '{"a":NaN}',
    "{'a':1}",
  ),
  fc.constantFrom(
    '{"__proto__":{"x":1}}',
    '{"constructor":{"prototype":{"x":1}}}',
    '{"a":1,"a":2}',
    '\ufeff{}',
    '{"a":"\\ud800"}',
  ),
  fc.constant('['.repeat(20_000)),
  fc.constant(`{"a":${'['.repeat(500)}${']'.repeat(500)}}`),
  fc.constant(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  fc.constant('--- !!js/function "x"\n'),
  fc.constant(`a: &a [x]\nb: &b [${'*a,'.repeat(9)}*a]\nc: &c [${'*b,'.repeat(9)}*b]\nd: [${'*c,'.repeat(9)}*c]\n`),
  fc.string({ maxLength: 200, unit: 'binary' }),
)
