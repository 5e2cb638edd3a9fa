import fc from 'fast-check'
import t from 'tap'
import { fingerprint, withoutSecret } from '../../src/deliver/fingerprint.ts'
import { incidentFacts } from '../../src/deliver/incident-facts.ts'
import {
  cleanText,
  crashFreeWords,
  degradedWords,
  frameWords,
  mainImpact,
  measuredWords,
  ownerWords,
  rateWords,
  truncate,
  worstCrashFree,
} from '../../src/deliver/message-words.ts'
import { NO_ISSUE_IMPACT } from '../../src/measure/impact.ts'
import { oddText } from '../contracts/odd-text.ts'
import { sampleIncident, sampleProjectIncident } from '../contracts/sample-message.ts'

t.test('truncate never exceeds its limit, never halves a character, and leaves what fits alone', async t => {
  fc.assert(
    fc.property(oddText, fc.integer({ min: 1, max: 50 }), (raw, most) => {
      const text = raw.toWellFormed()
      const short = truncate(text, most)
      const points = Array.from(text)
      return (
        Array.from(short).length === Math.min(points.length, most) &&
        short.isWellFormed() &&
        (points.length > most ? short.endsWith('…') : short === text)
      )
    }),
  )
  t.equal(truncate('🔥🔥🔥', 2), '🔥…')
})

t.test('clean text is one well-formed line without control characters', async t => {
  fc.assert(
    fc.property(oddText, text => {
      const clean = cleanText(text)
      return clean.isWellFormed() && !/[\p{Cc}\u2028\u202e]/u.test(clean) && clean === clean.trim()
    }),
  )
  t.equal(cleanText('a\n\tb\u0000c \u202e d'), 'a b c d')
})

t.test('numbers are said with window and source', async t => {
  const users = (value: number, windowSeconds: number) => ({ value, windowSeconds, source: 'sentry' as const, at: 1 })
  t.equal(measuredWords(users(320, 3600), 'user'), '320 users in the last hour (Sentry)')
  t.equal(measuredWords(users(1, 300), 'user'), '1 user in the last 5 minutes (Sentry)')
  t.equal(measuredWords(users(12_345, 0), 'user'), '12,345 users so far (Sentry)')
  t.equal(measuredWords(users(2, 7200), 'user'), '2 users in the last 2 hours (Sentry)')
  t.equal(measuredWords(users(2, 60), 'user'), '2 users in one minute (Sentry)')
  t.equal(measuredWords(users(2, 45), 'user'), '2 users in the last 45 seconds (Sentry)')
  t.equal(rateWords(users(200, 300)), '40 events a minute')
  t.equal(rateWords(users(200, 0)), null)
})

t.test('what two sources counted is said of both', async t => {
  const both = (value: number, source: 'windows' | 'sentry' | 'webhook', also: typeof source, other: number) =>
    measuredWords({ value, source, at: 1, windowSeconds: 3600, also: { value: other, source: also } }, 'user')
  const cases: [said: string, words: string][] = [
    [both(412, 'windows', 'sentry', 398), '412 users in the last hour (counted from error events; Sentry says 398)'],
    [
      both(412, 'windows', 'sentry', 412),
      '412 users in the last hour (counted from error events; Sentry says the same)',
    ],
    [both(1_412, 'sentry', 'windows', 1_398), '1,412 users in the last hour (Sentry; 1,398 counted from error events)'],
    [both(9, 'sentry', 'webhook', 3), '9 users in the last hour (Sentry; the webhook says 3)'],
  ]
  for (const [said, words] of cases) t.equal(said, words)
})

t.test('crash-free says its sample and release where it has them', async t => {
  const reading = {
    percent: 94.237001,
    sessions: 1200,
    scope: 'release',
    release: 'v2',
    source: 'sentry',
    at: 1,
  } as const
  t.equal(crashFreeWords(reading), 'Crash-free 94.23 % of 1,200 sessions of release v2')
  t.match(crashFreeWords({ ...reading, percent: 94.9999 }), /94.99 %/)
  t.equal(crashFreeWords({ ...reading, sessions: null, scope: 'production' }), 'Crash-free 94.23 %')
})

t.test('a frame says file, line and function as far as they are known', async t => {
  t.equal(frameWords({ file: 'a.ts', line: 4, function: 'f' }), 'a.ts:4 in f')
  t.equal(frameWords({ file: 'a.ts', line: null, function: null }), 'a.ts')
  t.equal(frameWords({ file: null, line: 4, function: 'f' }), 'in f')
  t.equal(frameWords({ file: null, line: 4, function: null }), null)
  t.equal(frameWords(null), null)
})

t.test('owners have names, teams are called teams, and nobody is nobody yet', async t => {
  t.equal(ownerWords({ type: 'team', id: '7', name: 'cart' }), 'team cart')
  t.equal(ownerWords({ type: 'user', id: '7', name: null }), '7')
  t.equal(ownerWords({ type: 'user', id: null, name: null }), 'unknown')
  t.equal(ownerWords(null), 'nobody yet')
})

t.test("production's numbers come first, else the incident's own environment, else any", async t => {
  const impact = { ...NO_ISSUE_IMPACT, coreFlow: 'x' }
  t.equal(mainImpact(sampleIncident({ impact: { staging: impact }, environment: 'staging' })), impact)
  t.equal(mainImpact(sampleIncident({ impact: { dev: impact }, environment: null })), impact)
  t.equal(mainImpact(sampleIncident({ impact: {} })), null)
  t.equal(mainImpact(sampleIncident({ impact: {}, environment: 'constructor' })), null)
  t.equal(mainImpact(sampleIncident())?.users?.value, 320)
})

t.test('the worst crash-free reading speaks', async t => {
  const base = { sessions: 300, source: 'sentry', at: 1 } as const
  const crashFree = [
    { ...base, percent: 94, scope: 'production' as const, release: null },
    { ...base, percent: 81, scope: 'release' as const, release: 'v2' },
  ]
  t.equal(
    worstCrashFree(sampleProjectIncident({ projectImpact: { crashFree, unhandledPerMinute: null, crashing: true } }))
      ?.percent,
    81,
  )
  t.equal(worstCrashFree(sampleIncident()), null)
})

t.test('a degraded verdict names what is missing', async t => {
  const { verdict } = sampleIncident()
  t.equal(degradedWords(sampleIncident()), null)
  t.match(
    degradedWords(sampleIncident({ verdict: { ...verdict, degraded: true, gaps: ['users: timeout'] } })),
    /users: timeout/,
  )
  t.match(degradedWords(sampleIncident({ verdict: { ...verdict, degraded: true, gaps: [] } })), /not said which/)
})

t.test('the facts of an incident: known ones only, unknown users said as unknown', async t => {
  const facts = (change = {}) =>
    Object.fromEntries(incidentFacts(sampleIncident(change)).map(one => [one.label, one.value]))
  t.match(facts(), {
    Users: '320 users in the last hour (Sentry)',
    Rate: '15 events a minute',
    'Core flow': 'checkout',
    Owner: 'team cart',
  })
  t.equal(facts({ impact: { production: NO_ISSUE_IMPACT } }).Users, 'unknown')
  t.notOk('Release' in facts({ release: null }))
  const flowUsers = { value: 6, source: 'windows' as const, at: 1, windowSeconds: 300 }
  t.match(
    facts({ impact: { production: { ...NO_ISSUE_IMPACT, flowUsers } } })['Core flow'],
    /^checkout, 6 users in the last 5 min/,
  )
  const flowAnonymous = { ...flowUsers, value: 39 }
  t.equal(
    facts({ impact: { production: { ...NO_ISSUE_IMPACT, flowUsers: { ...flowUsers, value: 1 }, flowAnonymous } } })[
      'Core flow'
    ],
    'checkout, 1 user in the last 5 minutes (counted from error events), and 39 events without a user',
  )
  t.notOk('Core flow' in facts({ coreFlow: null }))
  const spike = {
    crashFree: [],
    unhandledPerMinute: { value: 812, source: 'windows' as const, at: 1, windowSeconds: 60 },
    crashing: true,
  }
  t.equal(facts({ projectImpact: spike }).Unhandled, '812 exceptions in the worst minute')
})

t.test('a fingerprint tells secrets apart and gives none away', async t => {
  t.match(fingerprint('abc'), /^[0-9a-f]{12}$/)
  t.not(fingerprint('abc'), fingerprint('abd'))
  t.equal(withoutSecret('token abc is bad', 'abc'), 'token [secret] is bad')
  t.equal(withoutSecret('nothing', ''), 'nothing')
})
