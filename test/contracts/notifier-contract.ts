import fc from 'fast-check'
import type { Test } from 'tap'
import type { Destination, DestinationSecret } from '../../src/deliver/destination.ts'
import type { Message, Notifier, SendResult } from '../../src/deliver/notifier.ts'
import type { Fault } from '../../src/sandbox/stand-in-fault.ts'
import { oddText, oddUrl } from './odd-text.ts'
import { sampleIncident, sampleMessage, sampleProjectIncident } from './sample-message.ts'

/** A notifier and the provider it speaks to, both running. */
export interface NotifierUnderTest {
  notifier: Notifier
  destination: Destination
  secret: DestinationSecret
  /** What people see open there: alerts, posts, entries. */
  seen(): Promise<number>
  /** Requests that reached the provider and may notify someone. */
  notifying(): number
  /** What the provider refused, in its words. */
  refusals(): string[]
  /** Null: there is no HTTP in between. */
  fail: ((fault: Fault) => void) | null
  heal(): void
  close(): Promise<void>
}

type Expected = { outcome: SendResult['outcome']; code?: RegExp; ambiguous?: boolean; waits?: boolean }

/** What may go wrong on the way, and what a notifier must make of it. */
const FAULTS: [string, Fault, Expected][] = [
  ['500', { kind: 'status', status: 500 }, { outcome: 'retry', code: /500/, ambiguous: true }],
  [
    '503 with a page',
    { kind: 'status', status: 503, body: '<html>' },
    { outcome: 'retry', code: /503/, ambiguous: true },
  ],
  [
    '500 without a body',
    { kind: 'status', status: 500, body: null },
    { outcome: 'retry', code: /500/, ambiguous: true },
  ],
  [
    '429',
    { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
    { outcome: 'retry', ambiguous: false, waits: true },
  ],
  [
    '429 without anything',
    { kind: 'status', status: 429, body: null, headers: { 'retry-after': '' } },
    { outcome: 'retry', ambiguous: false, waits: true },
  ],
  ['silence', { kind: 'hang' }, { outcome: 'retry', code: /timeout/, ambiguous: true }],
  ['a reset', { kind: 'reset' }, { outcome: 'retry', ambiguous: true }],
  ['an answer cut short', { kind: 'truncated' }, { outcome: 'retry', ambiguous: true }],
  ["a proxy's page", { kind: 'html' }, { outcome: 'retry', ambiguous: true }],
  ['404', { kind: 'status', status: 404, body: '<html>' }, { outcome: 'permanent', code: /404/ }],
  [
    'a redirect',
    { kind: 'status', status: 307, body: '', headers: { location: 'https://evil.example/' } },
    { outcome: 'permanent' },
  ],
]

/** The promises of `Notifier`, held by every implementation. */
export function notifierContract(t: Test, name: string, start: () => Promise<NotifierUnderTest>): void {
  t.test(`${name}: a promise of every notifier`, async suite => {
    const under = await start()
    suite.teardown(() => under.close())
    const { notifier } = under
    const to = { destination: under.destination, secret: under.secret }

    suite.test('tells an opening once, and says where it can be found again', async t => {
      const result = await notifier.send(sampleMessage(to))
      t.match(result, { outcome: 'sent', reference: { provider: under.destination.kind } })
      t.equal(await under.seen(), 1)
      t.same(under.refusals(), [])
    })

    suite.test('the same notification sent again tells nobody a second time', async t => {
      const before = await under.seen()
      const again = await notifier.send(sampleMessage(to, { ambiguous: true, attempts: 2 }))
      t.equal(again.outcome, 'sent')
      t.equal(await under.seen(), before)
    })

    suite.test('an edit or a resolve of what was never said is dropped, with the reason', async t => {
      for (const kind of ['edit', 'resolve'] as const) {
        const incident = sampleIncident({ id: 'inc_other', key: 'other', status: 'resolved', resolvedAt: 1 })
        const message = sampleMessage(to, { kind, incident: incident.id }, { incident })
        const result = await notifier.send(message)
        t.equal(result.outcome, 'dropped', kind)
        t.ok(result.outcome === 'dropped' && result.reason.length > 5)
      }
    })

    suite.test('a test notification works and leaves nobody waiting', async t => {
      const message = sampleMessage(
        to,
        { id: 'n-test-000000000001', kind: 'test', incident: 'test' },
        { incident: null, incidentUrl: null },
      )
      t.equal((await notifier.send(message)).outcome, 'sent')
      t.same(under.refusals(), [])
    })

    suite.test(
      'a vanished incident is dropped, a foreign destination refused, a missing secret named; none throws',
      async t => {
        t.equal((await notifier.send(sampleMessage(to, {}, { incident: null }))).outcome, 'dropped')
        const foreign: Destination = { id: 'x', name: 'x', fallback: null, kind: 'backlog' }
        if (under.fail !== null) {
          t.equal((await notifier.send(sampleMessage({ ...to, destination: foreign }))).outcome, 'permanent')
          t.match(await notifier.send(sampleMessage({ ...to, secret: {} })), { outcome: 'permanent', code: /missing/ })
        }
      },
    )

    suite.test('paces with a slot of its own, and shows no secret in it', async t => {
      const pace = notifier.pacing(to.destination, to.secret)
      t.ok(pace.intervalMs > 0 && pace.burst >= 1)
      for (const secret of Object.values(to.secret)) t.notMatch(JSON.stringify(pace), secret)
    })

    for (const [fault, how, expected] of under.fail === null ? [] : FAULTS) {
      suite.test(`${fault}: ${expected.outcome}, after one bounded request, without the secret`, async t => {
        under.fail?.(how)
        const before = under.notifying()
        const message = sampleMessage(to, { id: `n-fault-${fault.replaceAll(' ', '-')}` })
        const result = await notifier.send(message)
        under.heal()
        t.equal(result.outcome, expected.outcome, JSON.stringify(result))
        t.equal(under.notifying() - before, 1)
        for (const secret of Object.values(to.secret)) t.notOk(JSON.stringify(result).includes(secret))
        if (expected.code !== undefined && 'code' in result) t.match(result.code, expected.code)
        if (result.outcome !== 'retry') return
        t.equal(result.ambiguous, expected.ambiguous)
        t.equal(result.retryAfterMs !== null && result.retryAfterMs > 0, expected.waits === true)
        if (fault === '429') t.equal(result.retryAfterMs, 7_000)
      })
    }

    suite.test('whatever the alert says, it is taken', async t => {
      await fc.assert(
        fc.asyncProperty(oddText, oddText, oddUrl, fc.boolean(), async (title, other, url, project) => {
          const result = await notifier.send(oddMessage(to, title, other, url, project))
          return result.outcome === 'sent'
        }),
        { numRuns: 60 },
      )
      t.same(under.refusals(), [])
    })

    suite.test('a title of a million characters is taken', async t => {
      for (const unit of ['x', '<!channel>', '🔥'])
        t.equal(
          (await notifier.send(oddMessage(to, unit.repeat(100_000), unit.repeat(100_000), null, true))).outcome,
          'sent',
        )
      t.same(under.refusals(), [])
    })
  })
}

let made = 0
function oddMessage(
  to: { destination: Destination; secret: DestinationSecret },
  title: string,
  other: string,
  url: string | null,
  project: boolean,
): Message {
  made += 1
  const base = project ? sampleProjectIncident() : sampleIncident()
  const suspect = { incident: 'i', issue: '1', title, link: url, events: 3, users: 2, coreFlow: other }
  const incident = {
    ...base,
    id: `inc_${made}`,
    key: `${title.slice(0, 500)}${made}`,
    title,
    project: other,
    culprit: other,
    errorClass: title,
    environment: other,
    release: title,
    frame: { file: title, function: other, line: 1 },
    tags: { [title]: other },
    links: { sentry: url, event: url, replay: url },
    owner: { type: 'user' as const, id: null, name: other },
    coreFlow: title,
    suspects: project ? Array.from({ length: 30 }, () => suspect) : [],
    muted: { by: other, reason: title, since: 1 },
    quiet: { speaker: other, reason: title, since: 1 },
    resolvedBy: title,
    verdict: {
      ...base.verdict,
      reason: title,
      degraded: true,
      gaps: [title, other],
      evidence: Array.from({ length: 20 }, () => ({ field: 'f', says: other, value: null, source: null, at: null })),
    },
  }
  return sampleMessage(
    to,
    { id: `n-odd-${made}`, incident: incident.id, kind: 'fallback', reason: other },
    { incident, incidentUrl: url },
  )
}
