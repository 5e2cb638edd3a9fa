import t from 'tap'
import type { Incident } from '../../src/incidents/incident.ts'
import { cameAndWent, findMissed, type What } from '../../src/pipeline/find-missed.ts'
import { makeFound } from '../support/listed.ts'
import { MINUTE, makeIncident, SECOND, START, usersImpact } from '../support/make.ts'

const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const WATCHING = { since: START - 3 * HOUR, first: false, cause: 'issue:42' }
const OLD = { firstSeen: START - 90 * DAY, substatus: 'ongoing' }

const open = (change: Partial<Incident> = {}) => makeIncident({ lastEventAt: START - HOUR, ...change })
const over = (change: Partial<Incident> = {}) =>
  open({ status: 'resolved', resolvedAt: START - 10 * MINUTE, resolvedBy: 'Ada', ...change })
const archived = (since: number) => open({ muted: { by: 'Ada', reason: '', since } })
const ADA = { type: 'user' as const, id: '7', name: 'Ada' }

interface Row {
  name: string
  found?: [issue?: Parameters<typeof makeFound>[0], about?: Parameters<typeof makeFound>[1]]
  incident?: Incident | null
  watching?: Partial<typeof WATCHING>
  is: `${What} ${string}` | null
}

const rows: Row[] = [
  // Nobody told us of it.
  { name: 'new since we watch', is: 'created reopen' },
  { name: 'new an hour before we watched', watching: { since: START + 20 * MINUTE }, is: 'created reopen' },
  { name: 'new long before we watched', watching: { since: START + 2 * HOUR }, is: null },
  { name: 'already resolved', found: [{ status: 'resolved', substatus: null }], is: null },
  { name: 'already archived', found: [{ status: 'ignored' }], is: null },
  { name: 'a status nobody knows', found: [{ status: 'pending_merge' }], is: null },
  { name: 'without a status', found: [{ status: null }], is: null },
  { name: 'a missed cron', found: [{ category: 'cron' }], is: 'created reopen' },
  { name: 'an uptime failure', found: [{ category: 'uptime' }], is: 'created reopen' },
  { name: 'user feedback', found: [{ category: 'feedback', users: 900 }], is: null },
  { name: 'a slow query, of which no webhook tells', found: [{ category: 'performance' }], is: null },
  { name: 'a slow query that hurts many', found: [{ category: 'performance', users: 51 }], is: 'spreading count' },
  {
    name: 'a metric issue whose alert may be on its way',
    found: [{ category: 'metric', firstSeen: START - 4 * MINUTE }],
    is: null,
  },
  {
    name: 'a metric issue whose alert did not come',
    found: [{ category: 'metric', firstSeen: START - 6 * MINUTE }],
    is: 'created reopen',
  },
  { name: 'old and regressed', found: [{ ...OLD, substatus: 'regressed' }], is: 'regressed reopen' },
  { name: 'old and escalating', found: [{ ...OLD, substatus: 'escalating' }], is: 'escalating reopen' },
  {
    name: 'regressed, but perhaps before anybody watched',
    found: [{ ...OLD, substatus: 'regressed' }],
    watching: { first: true },
    is: 'regressed count',
  },
  { name: 'chronic, few users', found: [{ ...OLD, users: 50 }], is: null },
  { name: 'chronic, many users', found: [{ ...OLD, users: 51 }], is: 'spreading count' },
  { name: 'chronic, users unknown', found: [{ ...OLD, users: null }], is: null },
  { name: 'chronic, many users on staging', found: [{ ...OLD, users: 900 }, { inProduction: false }], is: null },
  {
    name: 'chronic, no environment has a name',
    found: [{ ...OLD, users: 51 }, { inProduction: null }],
    is: 'spreading count',
  },

  // Open here.
  { name: 'open in both', incident: open(), is: null },
  { name: 'resolved in Sentry', found: [{ status: 'resolved' }], incident: open(), is: 'resolved resolve' },
  {
    name: 'resolved in the list, unresolved by a newer webhook',
    found: [{ status: 'resolved' }],
    incident: open({ lastUnresolvedAt: START + SECOND }),
    is: null,
  },
  { name: 'archived in Sentry', found: [{ status: 'ignored' }], incident: open(), is: 'archived mute' },
  { name: 'archived in both', found: [{ status: 'ignored' }], incident: archived(START - HOUR), is: null },
  { name: 'archived here, unresolved there', incident: archived(START - HOUR), is: 'unarchived reopen' },
  { name: 'archived since the list was read', incident: archived(START), is: null },
  { name: 'assigned', found: [{ assignee: ADA }], incident: open(), is: 'assigned assign' },
  {
    name: 'assigned to the same',
    found: [{ assignee: ADA }],
    incident: open({ owner: { ...ADA, name: null } }),
    is: null,
  },
  {
    name: 'the same id, its kind not said',
    found: [{ assignee: { ...ADA, type: 'unknown' } }],
    incident: open({ owner: ADA }),
    is: null,
  },
  {
    name: 'a team with the number of a user',
    found: [{ assignee: { ...ADA, type: 'team' } }],
    incident: open({ owner: ADA }),
    is: 'assigned assign',
  },
  { name: 'no longer assigned', incident: open({ owner: ADA, ownerSetAt: START - HOUR }), is: 'assigned assign' },
  { name: 'assigned since the list was read', incident: open({ owner: ADA, ownerSetAt: START }), is: null },
  {
    name: 'judged only elsewhere, seen in production',
    incident: open({ impact: { staging: usersImpact(3) } }),
    is: 'active alert',
  },
  {
    name: 'judged only elsewhere, and only seen there',
    found: [{}, { inProduction: false }],
    incident: open({ impact: { staging: usersImpact(3) } }),
    is: null,
  },
  { name: 'judged in production', incident: open({ impact: { production: usersImpact(3) } }), is: null },

  // Resolved here.
  { name: 'resolved in both', found: [{ status: 'resolved' }], incident: over(), is: null },
  { name: 'archived after its end', found: [{ status: 'ignored' }], incident: over(), is: null },
  { name: 'regressed since', found: [{ substatus: 'regressed' }], incident: over(), is: 'regressed reopen' },
  {
    name: 'regressed a second after',
    found: [{ substatus: 'regressed', lastSeen: START - 10 * MINUTE + SECOND }],
    incident: over(),
    is: 'regressed reopen',
  },
  {
    name: 'regressed before it was resolved here',
    found: [{ substatus: 'regressed', lastSeen: START - 11 * MINUTE }],
    incident: over(),
    is: null,
  },
  { name: 'unresolved, with events since', found: [OLD], incident: over(), is: 'unresolved reopen' },
  {
    name: 'unresolved, an event within the minute',
    found: [{ ...OLD, lastSeen: START - 9 * MINUTE }],
    incident: over(),
    is: null,
  },
  {
    name: 'resolved since the list was read',
    found: [{ substatus: 'regressed' }],
    incident: over({ resolvedAt: START }),
    is: null,
  },
  { name: 'faded, and seen again', found: [OLD], incident: over({ faded: 'posts' }), is: 'active count' },
  {
    name: 'faded after it had regressed: that is no news',
    found: [{ substatus: 'regressed' }],
    incident: over({ faded: 'everything' }),
    is: 'active count',
  },
  {
    name: 'faded, not seen since',
    found: [{ ...OLD, lastSeen: START - HOUR }],
    incident: over({ faded: 'posts' }),
    is: null,
  },
  {
    name: 'faded, and then resolved by somebody',
    found: [{ status: 'resolved' }],
    incident: over({ faded: 'posts' }),
    is: 'resolved resolve',
  },

  // Another monitor's incident, by the metric issue that speaks of it.
  {
    name: 'a metric issue is resolved that holds a project open',
    found: [{ status: 'resolved', category: 'metric' }],
    incident: open({ kind: 'project', causes: { 'metric:7': { since: START - HOUR, clearedAt: null } } }),
    watching: { cause: 'metric:7' },
    is: 'resolved resolve',
  },
  {
    name: 'a metric issue is resolved whose cause has cleared',
    found: [{ status: 'resolved', category: 'metric' }],
    incident: open({ kind: 'project', causes: { 'metric:7': { since: START - HOUR, clearedAt: START } } }),
    watching: { cause: 'metric:7' },
    is: null,
  },
  {
    name: 'a metric issue is resolved that was never a cause',
    found: [{ status: 'resolved', category: 'metric' }],
    incident: open({ kind: 'project', causes: { 'measured:spike': { since: START - HOUR, clearedAt: null } } }),
    watching: { cause: 'metric:7' },
    is: null,
  },
  {
    name: 'a metric issue is still resolved while its alert has fired anew',
    found: [{ status: 'resolved', category: 'metric', lastSeen: START - 30 * MINUTE }],
    incident: open({ kind: 'metric', causes: { 'metric:7': { since: START - 2 * MINUTE, clearedAt: null } } }),
    watching: { cause: 'metric:7' },
    is: null,
  },
  {
    name: 'a metric issue that was set to unresolved by hand, and is resolved',
    found: [{ status: 'resolved', category: 'metric', lastSeen: START - 30 * MINUTE }],
    incident: open({
      ...{ kind: 'metric', lastUnresolvedAt: START - 2 * MINUTE },
      causes: { 'metric:7': { since: START - 2 * MINUTE, clearedAt: null } },
    }),
    watching: { cause: 'metric:7' },
    is: 'resolved resolve',
  },
  {
    name: 'another monitor comes back by its issue, when its alert is lost',
    found: [{ substatus: 'regressed', category: 'metric' }],
    incident: over({ kind: 'metric' }),
    is: 'regressed reopen',
  },
  {
    name: 'archiving a metric issue quiets no project',
    found: [{ status: 'ignored', category: 'metric' }],
    incident: open({ kind: 'project' }),
    is: null,
  },
  {
    name: 'a project comes back by its alerts',
    found: [{ substatus: 'regressed', category: 'metric' }],
    incident: over({ kind: 'project' }),
    is: null,
  },
]

t.test('what a list shows and an incident does not know', async t => {
  for (const { name, found: [issue, about] = [], incident = null, watching, is } of rows) {
    const missed = findMissed(makeFound(issue, about), incident, { ...WATCHING, ...watching })
    t.equal(missed === null ? null : `${missed.what} ${missed.intent}`, is, name)
    if (missed !== null) t.ok(missed.reason.length > 10, 'it says why')
  }
})

t.test(
  'what came and went unseen is counted: only what is over, arose since, and a webhook should have told',
  async t => {
    const since = START - HOUR
    t.ok(cameAndWent(makeFound({ status: 'resolved' }), null, since))
    t.ok(cameAndWent(makeFound({ status: 'ignored' }), null, since))
    t.notOk(cameAndWent(makeFound(), null, since), 'still open')
    t.notOk(cameAndWent(makeFound({ status: 'resolved' }), open(), since), 'known')
    t.notOk(cameAndWent(makeFound({ status: 'resolved', firstSeen: since - 1 }), null, since), 'older')
    t.notOk(cameAndWent(makeFound({ status: 'resolved', category: 'performance' }), null, since))
  },
)
