import fc from 'fast-check'
import t from 'tap'
import type { SentryWrite } from '../../src/incidents/change.ts'
import {
  commentText,
  isAmongComments,
  isSoAlready,
  overtakenBecause,
  requestOf,
  writeWords,
} from '../../src/sentry/api-writes.ts'

const body = (write: SentryWrite) => {
  const request = requestOf(write, 'https://tocsin.example/incidents/inc_1')
  if (typeof request === 'string') throw new Error(request)
  return request.body
}

t.test('each decision is the change that Sentry documents, and only what changes is sent', async t => {
  const table: [SentryWrite, object][] = [
    [{ kind: 'resolve', release: null }, { status: 'resolved' }],
    [
      { kind: 'resolve', release: 'next' },
      { status: 'resolved', statusDetails: { inNextRelease: true } },
    ],
    [
      { kind: 'resolve', release: 'v2' },
      { status: 'resolved', statusDetails: { inRelease: 'v2' } },
    ],
    [{ kind: 'unresolve' }, { status: 'unresolved' }],
    [
      { kind: 'archive', until: { kind: 'escalating' } },
      { status: 'ignored', substatus: 'archived_until_escalating' },
    ],
    [
      { kind: 'archive', until: { kind: 'forever' } },
      { status: 'ignored', substatus: 'archived_forever' },
    ],
    [
      { kind: 'archive', until: { kind: 'duration', minutes: 30 } },
      { status: 'ignored', substatus: 'archived_until_condition_met', ignoreDuration: 30 },
    ],
    [
      { kind: 'archive', until: { kind: 'events', count: 100, windowMinutes: 60 } },
      { status: 'ignored', substatus: 'archived_until_condition_met', ignoreCount: 100, ignoreWindow: 60 },
    ],
    [
      { kind: 'archive', until: { kind: 'users', count: 10, windowMinutes: null } },
      { status: 'ignored', substatus: 'archived_until_condition_met', ignoreUserCount: 10 },
    ],
    [{ kind: 'assign', to: { type: 'user', id: '12', name: 'Ada' } }, { assignedTo: 'user:12' }],
    [{ kind: 'assign', to: { type: 'team', id: '34', name: 'shop' } }, { assignedTo: 'team:34' }],
    [{ kind: 'assign', to: { type: 'unknown', id: null, name: 'ada' } }, { assignedTo: 'ada' }],
    [{ kind: 'assign', to: null }, { assignedTo: '' }],
    [{ kind: 'comment', text: 'seen' }, { text: 'seen\n\nhttps://tocsin.example/incidents/inc_1' }],
  ]
  for (const [write, expected] of table) t.same(body(write), expected, writeWords(write))
})

t.test('whom Sentry cannot know is not written, and the reason is said', async t => {
  t.match(requestOf({ kind: 'assign', to: { type: 'application', id: 'x', name: 'Bot' } }, null), /Bot is neither/)
  t.match(requestOf({ kind: 'assign', to: { type: 'team', id: null, name: 'shop' } }, null), /neither/)
})

t.test('what the incident no longer asks for is overtaken', async t => {
  const open = { status: 'triggered', muted: null, owner: null }
  const over = { ...open, status: 'resolved' }
  const ada = { type: 'user' as const, id: '12', name: 'Ada' }
  t.match(overtakenBecause({ kind: 'resolve', release: null }, open), /reopened/)
  t.equal(overtakenBecause({ kind: 'resolve', release: null }, over), null)
  t.match(overtakenBecause({ kind: 'unresolve' }, over), /resolved/)
  t.equal(overtakenBecause({ kind: 'unresolve' }, open), null)
  const archive = { kind: 'archive' as const, until: { kind: 'forever' as const } }
  t.match(overtakenBecause(archive, open), /unresolved/)
  t.match(overtakenBecause(archive, over), /resolved/)
  t.equal(overtakenBecause(archive, { ...open, muted: {} }), null)
  t.match(overtakenBecause({ kind: 'assign', to: ada }, open), /someone else/)
  t.equal(overtakenBecause({ kind: 'assign', to: ada }, { ...open, owner: { ...ada, name: 'A.' } }), null)
  t.equal(overtakenBecause({ kind: 'assign', to: null }, open), null)
  t.equal(overtakenBecause({ kind: 'comment', text: 'x' }, over), null)
})

t.test("an issue that is so already is recognised by Sentry's own words, and nonsense is not", async t => {
  const issue = (change: object) => ({ id: '1', status: 'unresolved', assignedTo: null, ...change })
  t.equal(isSoAlready({ kind: 'resolve', release: null }, issue({ status: 'resolved' })), true)
  t.equal(isSoAlready({ kind: 'resolve', release: null }, issue({})), false)
  t.equal(isSoAlready({ kind: 'unresolve' }, issue({})), true)
  const forever = { kind: 'archive' as const, until: { kind: 'forever' as const } }
  t.equal(isSoAlready(forever, issue({ status: 'ignored', substatus: 'archived_forever' })), true)
  t.equal(isSoAlready(forever, issue({ status: 'ignored', substatus: 'archived_until_escalating' })), false)
  const done = (release: string, statusDetails: object) =>
    isSoAlready({ kind: 'resolve', release }, issue({ status: 'resolved', statusDetails }))
  t.equal(done('next', { inNextRelease: true }), true)
  t.equal(done('next', { inRelease: 'v3' }), true, 'the next one has come')
  t.equal(done('v2', { inRelease: 'v2' }), true)
  for (const release of ['next', 'v2']) t.equal(done(release, {}), false, 'resolved before, but in no release')
  t.equal(done('v2', { inRelease: 'v1' }), false)
  const events = { kind: 'archive' as const, until: { kind: 'events' as const, count: 5, windowMinutes: null } }
  const condition = { status: 'ignored', substatus: 'archived_until_condition_met' }
  t.equal(isSoAlready(events, issue(condition)), false, 'it may be another condition')
  const to = { type: 'user' as const, id: '12', name: 'Ada' }
  t.equal(isSoAlready({ kind: 'assign', to }, issue({ assignedTo: { type: 'user', id: '12', name: 'x' } })), true)
  t.equal(isSoAlready({ kind: 'assign', to }, issue({})), false)
  t.equal(isSoAlready({ kind: 'assign', to: null }, issue({})), true)
  fc.assert(
    fc.property(fc.anything(), odd => {
      const said = isSoAlready({ kind: 'resolve', release: null }, odd)
      return (said === null || typeof said === 'boolean') && typeof isAmongComments('x', odd) === 'boolean'
    }),
  )
})

t.test('a comment carries the link once, and is found again whatever it says', async t => {
  t.equal(commentText('see https://x/1', 'https://x/1'), 'see https://x/1')
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), text => {
      const said = commentText(text, 'https://x/1')
      return said.isWellFormed() && !said.includes('\0') && isAmongComments(said, [{ data: { text: said } }])
    }),
  )
})
