import t, { type Test } from 'tap'
import type { Notification } from '../../src/deliver/notification.ts'
import type { SendResult } from '../../src/deliver/notifier.ts'
import type { SentryWrite } from '../../src/incidents/change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { startSentryStandIn } from '../../src/sandbox/sentry-stand-in.ts'
import type { Fault } from '../../src/sandbox/stand-in-fault.ts'
import { createSentryNotifier } from '../../src/sentry/notifier.ts'
import { AT, sampleIncident, sampleMessage } from '../contracts/sample-message.ts'

const TOKEN = 'sntrys_notifier_0123456789'
const RESOLVE: SentryWrite = { kind: 'resolve', release: 'next' }
const RESOLVED = { status: 'resolved' as const }
const PATH = 'issues/4711/'

async function start(test: Test) {
  const sentry = await startSentryStandIn({ token: TOKEN, organization: 'acme', clock: { now: () => AT } })
  sentry.world.issues['4711'] = { users: 3, events: 9, lastSeen: AT - 1 }
  test.teardown(() => sentry.close())
  const noted: string[] = []
  const notifier = createSentryNotifier({
    timeoutMs: 2_000,
    async onWriting(source, issue, write) {
      noted.push(`${source} ${issue} ${write.kind}`)
    },
  })
  const destination = {
    ...{ id: 'sentry-default', name: 'Default', fallback: null, kind: 'sentry' as const, source: 'default' },
    ...{ url: sentry.url, organization: 'acme' as string | null },
  }
  const send = (
    write: SentryWrite | null,
    incident: Partial<Incident> | null = RESOLVED,
    change: Partial<Notification> = {},
    to: { destination?: Partial<typeof destination>; secret?: Record<string, string> } = {},
  ): Promise<SendResult> => {
    const at = { destination: { ...destination, ...to.destination }, secret: to.secret ?? { apiToken: TOKEN } }
    const about = incident === null ? null : sampleIncident(incident)
    return notifier.send(sampleMessage(at, { kind: 'write', write, ...change }, { incident: about }))
  }
  return { sentry, notifier, destination, send, noted }
}

t.test('one decision is one request about one issue, told before it is sent', async t => {
  const { sentry, send, noted } = await start(t)
  t.match(await send(RESOLVE), { outcome: 'sent', detail: /resolved in Sentry in the next release \(issue 4711\)/ })
  t.match(sentry.writes, [{ issue: '4711', body: { status: 'resolved', statusDetails: { inNextRelease: true } } }])
  t.match(sentry.requests, [{ method: 'PUT', path: PATH }])
  t.equal(sentry.requests.length, 1)
  t.same(noted, ['default 4711 resolve'])
  t.equal(sentry.world.issues['4711']?.status, 'resolved')
})

t.test('a comment leads to the incident; the same one an hour long counts as told', async t => {
  const { sentry, send } = await start(t)
  const comment: SentryWrite = { kind: 'comment', text: 'rolled back' }
  t.equal((await send(comment)).outcome, 'sent')
  t.match(await send(comment), { outcome: 'sent', detail: /there already/ })
  t.match(sentry.world.issues['4711']?.comments, [
    { text: /^rolled back\n\nhttps:\/\/tocsin\.example\/incidents\/inc_/ },
  ])
  t.equal(sentry.world.issues['4711']?.comments?.length, 1)
})

t.test('after an answer was lost, what is so already is not written again', async t => {
  const { sentry, send } = await start(t)
  for (const write of [RESOLVE, { kind: 'comment' as const, text: 'lost' }]) {
    sentry.fail({ kind: 'accept-then-reset' }, 1)
    t.match(await send(write), { outcome: 'retry', ambiguous: true })
    const before = sentry.writes.length
    t.match(await send(write, RESOLVED, { ambiguous: true }), { outcome: 'sent', detail: /had been taken/ })
    t.equal(sentry.writes.length, before)
  }
  sentry.world.issues['4711'] = { users: 3, events: 9 }
  t.match(await send(RESOLVE, RESOLVED, { ambiguous: true }), { outcome: 'sent' })
  t.equal(sentry.world.issues['4711']?.status, 'resolved', 'what was not taken is written')
  sentry.fail({ kind: 'status', status: 503 }, 1)
  t.match(await send(RESOLVE, RESOLVED, { ambiguous: true }), { outcome: 'retry', ambiguous: true })
})

t.test('what was overtaken, is about no issue, or has nobody to go to is dropped with the reason', async t => {
  const { sentry, send } = await start(t)
  const dropped = async (reason: RegExp, ...args: Parameters<typeof send>) =>
    t.match(await send(...args), { outcome: 'dropped', reason })
  await dropped(/reopened/, RESOLVE, { status: 'triggered' })
  await dropped(/no single issue/, RESOLVE, { ...RESOLVED, issue: null })
  await dropped(/no longer exists/, RESOLVE, null)
  await dropped(/told no open/, null, RESOLVED, { kind: 'open' })
  await dropped(/no API token.*event:write/, RESOLVE, RESOLVED, {}, { secret: {} })
  await dropped(/no organization/, RESOLVE, RESOLVED, {}, { destination: { organization: null } })
  t.equal(sentry.requests.length, 0)
  delete sentry.world.issues['4711']
  await dropped(/no such issue any more/, RESOLVE)
})

t.test('an address that could become the bulk form is never asked', async t => {
  const { sentry, send, notifier } = await start(t)
  for (const issue of ['', '?id=', '../', ' ', '1/../2'])
    t.match(await send(RESOLVE, { ...RESOLVED, issue }), { outcome: 'permanent', code: 'bad_issue', ofItsOwn: true })
  t.match(await send(RESOLVE, RESOLVED, {}, { destination: { url: 'http://sentry.example' } }), {
    outcome: 'permanent',
    code: 'bad_url',
  })
  const foreign = { destination: { id: 'b', name: 'b', fallback: null, kind: 'backlog' as const }, secret: {} }
  t.match(await notifier.send(sampleMessage(foreign, { write: RESOLVE })), { outcome: 'permanent', code: 'wrong_kind' })
  t.equal(sentry.requests.length, 0)
})

t.test('every failure says what to do and whether to come back, without the token', async t => {
  const { sentry, send } = await start(t)
  const reset = Math.floor(AT / 1000) + 42
  const table: [Fault, object][] = [
    [
      { kind: 'status', status: 401 },
      { outcome: 'permanent', message: /does not know the API token of source "default"/ },
    ],
    [
      { kind: 'status', status: 403 },
      { outcome: 'permanent', message: /scope event:write/ },
    ],
    [
      { kind: 'status', status: 400 },
      { outcome: 'permanent', message: /does not take it/, ofItsOwn: true },
    ],
    [
      { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
      { retryAfterMs: 7_000, ambiguous: false },
    ],
    [{ kind: 'status', status: 429, headers: { 'x-sentry-rate-limit-reset': `${reset}` } }, { retryAfterMs: 42_000 }],
    [
      { kind: 'status', status: 429 },
      { outcome: 'retry', retryAfterMs: 10_000 },
    ],
    [
      { kind: 'status', status: 503, body: '<html>' },
      { outcome: 'retry', ambiguous: true, message: /in trouble/ },
    ],
    [{ kind: 'hang' }, { outcome: 'retry', code: 'timeout', ambiguous: true }],
    [{ kind: 'reset' }, { outcome: 'retry', ambiguous: true, message: /cannot be reached/ }],
    [{ kind: 'truncated' }, { outcome: 'retry', ambiguous: true }],
    [{ kind: 'html' }, { outcome: 'retry', ambiguous: true, message: /not Sentry's API/ }],
    [
      { kind: 'status', status: 307, body: '', headers: { location: 'https://de.sentry.io/x' } },
      { outcome: 'permanent', message: /redirects to https:\/\/de\.sentry\.io/ },
    ],
  ]
  for (const [fault, expected] of table) {
    sentry.fail(fault, 1)
    const before = sentry.requests.length
    const result = await send(RESOLVE)
    t.match(result, expected, JSON.stringify(fault))
    t.equal(sentry.requests.length, before + 1)
    t.notOk(JSON.stringify(result).includes(TOKEN))
  }
  sentry.world.projects.shop = { sessions: [], releases: ['v1'], unhandled: [] }
  const named: SentryWrite = { kind: 'resolve', release: 'v9' }
  t.match(await send(named), { outcome: 'permanent', message: /Unable to find a release/ })
  const gone = await startSentryStandIn()
  await gone.close()
  const refused = await send(RESOLVE, RESOLVED, {}, { destination: { url: gone.url } })
  t.match(refused, { outcome: 'retry', ambiguous: false, message: /ECONNREFUSED/ })
})

t.test('it wakes nobody, has a pace of its own for every source, and shows no token in it', async t => {
  const { notifier, destination } = await start(t)
  t.equal(notifier.pages, false)
  t.same(notifier.pacing(destination, { apiToken: TOKEN }).key, 'sentry:sentry-default')
  await notifier.close()
})
