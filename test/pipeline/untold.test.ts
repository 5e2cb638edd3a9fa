import t from 'tap'
import type { Notification } from '../../src/deliver/notification.ts'
import type { SentryWrite } from '../../src/incidents/change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import type { Missed } from '../../src/pipeline/find-missed.ts'
import { isUntold } from '../../src/pipeline/untold.ts'
import { MINUTE, makeIncident, makeNotification, SECOND, START } from '../support/make.ts'

const RESOLVE: SentryWrite = { kind: 'resolve', release: null }
const UNRESOLVE: SentryWrite = { kind: 'unresolve' }
const ASSIGN: SentryWrite = { kind: 'assign', to: null }
const COMMENT: SentryWrite = { kind: 'comment', text: 'looking' }

/** One that was told, or was to be, at `START`. */
const wrote = (write: SentryWrite, status: Notification['status'], change: Partial<Notification> = {}) =>
  makeNotification({ kind: 'write', destination: 'sentry-default', write, status, settledAt: START, ...change })
const untold = (
  intent: Missed['intent'],
  told: readonly Notification[],
  { asOf = START + MINUTE, incident = {} }: { asOf?: number; incident?: Partial<Incident> } = {},
) => isUntold({ intent }, makeIncident({ openedAt: START, ...incident }), told, asOf)

t.test('what is on its way to Sentry is not taken back by a list, whatever it shows', async t => {
  for (const status of ['owed', 'sending'] as const) {
    for (const intent of ['resolve', 'mute', 'reopen'] as const) t.ok(untold(intent, [wrote(RESOLVE, status)]), intent)
    t.ok(untold('assign', [wrote(ASSIGN, status)]))
  }
  t.ok(untold('resolve', [wrote(RESOLVE, 'sent'), wrote(UNRESOLVE, 'owed')]))
})

t.test('what says nothing of it holds nothing up', async t => {
  t.notOk(untold('resolve', []))
  t.notOk(untold('resolve', [makeNotification()]))
  t.notOk(untold('resolve', [wrote(COMMENT, 'owed')]))
  t.notOk(untold('resolve', [wrote(ASSIGN, 'owed')]))
  t.notOk(untold('assign', [wrote(UNRESOLVE, 'owed')]))
  t.notOk(untold('resolve', [wrote(UNRESOLVE, 'dropped')]))
  for (const intent of ['alert', 'count'] as const) t.notOk(untold(intent, [wrote(RESOLVE, 'owed')]))
})

t.test('what was told counts once the list was read a little later', async t => {
  const told = [wrote(UNRESOLVE, 'sent')]
  t.ok(untold('resolve', told, { asOf: START - SECOND }))
  t.ok(untold('resolve', told, { asOf: START + 20 * SECOND }))
  t.notOk(untold('resolve', told, { asOf: START + 30 * SECOND }))
})

t.test('refused for good: the list is no news until Sentry is heard of again', async t => {
  const told = [wrote(UNRESOLVE, 'dead', { owedAt: START + SECOND })]
  t.ok(untold('resolve', told))
  t.ok(untold('mute', told))
  t.notOk(untold('resolve', told, { incident: { lastEventAt: START + 2 * SECOND } }))
  t.notOk(untold('resolve', told, { incident: { lastUnresolvedAt: START + 2 * SECOND } }))
  t.notOk(untold('resolve', told, { incident: { openedAt: START + MINUTE } }), 'in a later life')
  const assigned = [wrote(ASSIGN, 'dead')]
  t.ok(untold('assign', assigned, { incident: { ownerSetAt: START } }))
  t.notOk(untold('assign', assigned, { incident: { ownerSetAt: START + SECOND } }))
})

t.test('what could not be resolved or archived there and is open there may hurt: it comes back', async t => {
  t.notOk(untold('reopen', [wrote(RESOLVE, 'dead')]))
  t.notOk(untold('reopen', [wrote({ kind: 'archive', until: { kind: 'escalating' } }, 'dead')]))
})
