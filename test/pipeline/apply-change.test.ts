import t from 'tap'
import type { Destination } from '../../src/deliver/destination.ts'
import type { Notification } from '../../src/deliver/notification.ts'
import { createNotificationStore } from '../../src/deliver/notification-store.ts'
import type { Change } from '../../src/incidents/change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { createIncidentStore } from '../../src/incidents/incident-store.ts'
import { createVoiceStore } from '../../src/mute/voice-store.ts'
import { type ApplyDeps, createApplyChange } from '../../src/pipeline/apply-change.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'
import type { Revision } from '../../src/rules/rules-document.ts'
import { incidentId, incidentKey } from '../../src/signals/dedup-key.ts'
import type { Signal } from '../../src/signals/signal.ts'
import { judged, MINUTE, makeEvent, makeSignal, makeSuspect, makeVerdict, SECOND, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const PAGE = 'pagerduty-oncall'
const REVISION: Revision = {
  number: 7,
  at: START,
  author: 'tests',
  message: '',
  document: defaultRules({ pagerduty: true, slack: true }),
}

const server = await startTestRedis()
t.teardown(() => server.stop())

interface Handed {
  incident: string
  owed: readonly Notification[]
  mark: number
}

/** One process: its own connection and stores. What it hands on to be sent is kept in `handed`. */
function startProcess(change: Partial<ApplyDeps> = {}) {
  const redis = server.client()
  const incidents = createIncidentStore(redis)
  const notifications = createNotificationStore(redis)
  const voices = createVoiceStore(redis)
  const handed: Handed[] = []
  const ended: string[] = []
  const clock = woundClock({ now: () => START })
  const deps: ApplyDeps = {
    incidents,
    notifications,
    voices,
    rules: () => REVISION,
    kindOf: kindOf,
    pages: kind => kind === 'pagerduty',
    dispatch: (incident, owed, mark) => void handed.push({ incident, owed, mark }),
    onChanged() {},
    async onResolved(incident) {
      ended.push(incident.id)
    },
    clock,
    ...change,
  }
  return { apply: createApplyChange(deps), incidents, notifications, voices, handed, ended, clock }
}

function kindOf(destination: string): Destination['kind'] {
  if (destination === PAGE) return 'pagerduty'
  return destination === 'backlog' ? 'backlog' : 'slack'
}

let issues = 0
/** A fresh issue, and the id of its incident. */
function freshIssue(): { issue: string; id: string } {
  issues += 1
  const issue = `${issues}`
  return { issue, id: incidentId(incidentKey('default', { kind: 'issue', issue }) ?? '') }
}
const about = (issue: string, change: Parameters<typeof makeSignal>[0] = {}): Signal =>
  makeSignal({
    subject: { kind: 'issue', issue },
    ...change,
    facts: { issue, project: `shop-${issue}`, ...change.facts },
  })
const atSeverity = (signal: Signal, severity: 'P0' | 'P1' | 'P2' | 'P3', degraded = false): Change =>
  judged(signal, { verdict: makeVerdict({ severity, degraded }) })
const resolve = (issue: string, at: number): Change => ({
  kind: 'cleared',
  cause: `issue:${issue}`,
  signal: about(issue, { at, intent: 'resolve', resource: 'issue', action: 'resolved' }),
})
const said = (owed: readonly Notification[]) => owed.map(one => `${one.kind} ${one.destination}`)

t.test('what is opened is routed, owed and handed on', async t => {
  const { issue, id } = freshIssue()
  const process = startProcess()
  const applied = await process.apply(id, atSeverity(about(issue, { receivedAt: START - SECOND }), 'P0'))
  t.same(applied, { action: 'open', reason: 'judged P0', incident: id, severity: 'P0', repeated: false })
  t.match(await process.incidents.read(id), {
    severity: 'P0',
    verdict: { revision: 1 },
    escalations: [{ policy: 'p0', step: 0, dueAt: START + 15 * MINUTE }],
    quiet: null,
  })
  const owed = await process.notifications.list(id)
  t.same(said(owed), [`open ${PAGE}`])
  t.equal(owed[0]?.causedAt, START - SECOND)
  t.same(
    process.handed.map(one => one.owed),
    [owed],
  )
  t.ok((await process.incidents.openIds()).includes(id))
  t.same(
    (await process.incidents.dirty()).filter(one => one.id === id),
    [{ id, mark: process.handed[0]?.mark }],
  )
  t.ok((await process.notifications.recent(false, 0, 10)).includes(owed[0]?.id ?? ''))
})

t.test('the same signal told five times, at once and later: one incident, one set of owed notifications', async t => {
  const { issue, id } = freshIssue()
  const processes = [startProcess(), startProcess()]
  const change = atSeverity(about(issue), 'P0')
  const tell = (i: number) => (processes[i % 2] ?? startProcess()).apply(id, change)
  const answers = [...(await Promise.all([0, 1, 2, 3, 4].map(tell))), await tell(0), await tell(1)]
  t.equal(answers.filter(one => !one.repeated).length, 1)
  for (const one of answers) t.match(one, { action: 'open', reason: 'judged P0', severity: 'P0' })
  const incident = await processes[0]?.incidents.read(id)
  t.match(incident, { rev: 1, signals: 1 })
  t.same(said((await processes[0]?.notifications.list(id)) ?? []), [`open ${PAGE}`])
  t.equal((await processes[0]?.incidents.timeline(id, 0, 10))?.length, 1)
})

t.test('different signals about one issue at once: none is lost, one page', async t => {
  const { issue, id } = freshIssue()
  const processes = [startProcess(), startProcess(), startProcess()]
  const severities = ['P2', 'P1', 'P0'] as const
  await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      processes[i % 3]?.apply(id, atSeverity(about(issue, { at: START + i }), severities[i % 3] ?? 'P2')),
    ),
  )
  t.match(await processes[0]?.incidents.read(id), { signals: 30, rev: 30, severity: 'P0', generation: 1 })
  const pages = (await processes[0]?.notifications.list(id))?.filter(one => one.destination === PAGE)
  t.equal(pages?.length, 1)
})

t.test(
  'a crash between commit and sending: told again, what is still owed is handed on again, and nothing is doubled',
  async t => {
    const { issue, id } = freshIssue()
    const change = atSeverity(about(issue), 'P0')
    const crashing = startProcess({
      dispatch: () => {
        throw new Error('killed')
      },
    })
    await t.rejects(crashing.apply(id, change), { message: 'killed' })
    t.ok(
      (await crashing.incidents.dirty()).some(one => one.id === id),
      'the sweep would find it too',
    )
    const process = startProcess()
    t.match(await process.apply(id, change), { action: 'open', repeated: true })
    t.same(
      process.handed.map(one => said(one.owed)),
      [[`open ${PAGE}`]],
    )
    t.equal((await process.notifications.list(id)).length, 1)

    t.test('but not what has been sent meanwhile', async t => {
      const [page] = await process.notifications.list(id)
      if (page === undefined) return
      await process.notifications.put({ ...page, status: 'sent' })
      await process.apply(id, change)
      t.same(process.handed.at(-1)?.owed, [])
    })
  },
)

t.test('a crash between commit and the indexes: told again, the incident is listed and due like any other', async t => {
  const { issue, id } = freshIssue()
  const change = atSeverity(about(issue), 'P0', true)
  const process = startProcess()
  const killed = { index: () => Promise.reject(new Error('killed')) }
  const crashing = startProcess({
    incidents: { ...process.incidents, ...killed },
    notifications: { ...process.notifications, ...killed },
  })
  await t.rejects(crashing.apply(id, change), { message: 'killed' })
  t.notOk((await process.incidents.openIds()).includes(id))
  t.match(await process.apply(id, change), { action: 'open', repeated: true })
  t.ok((await process.incidents.openIds()).includes(id))
  t.ok((await process.incidents.due(START + 60 * MINUTE, 100)).includes(id))
  const [page] = await process.notifications.list(id)
  t.ok((await process.notifications.recent(false, 0, 10)).includes(page?.id ?? ''))
})

t.test('a resolve that is told again tells its first outcome, and hands on what is still owed', async t => {
  const { issue, id } = freshIssue()
  const process = startProcess()
  await process.apply(id, atSeverity(about(issue), 'P0'))
  const change = resolve(issue, START + MINUTE)
  t.match(await process.apply(id, change), { action: 'resolve', repeated: false })
  t.same(said(process.handed.at(-1)?.owed ?? []), [`resolve ${PAGE}`])
  t.same(process.ended, [id])
  const other = startProcess()
  t.match(await other.apply(id, change), { action: 'resolve', repeated: true })
  t.same(
    other.handed.flatMap(one => said(one.owed)),
    [`open ${PAGE}`, `resolve ${PAGE}`],
  )
})

t.test('what changes nothing says so and owes nothing', async t => {
  const { issue, id } = freshIssue()
  const process = startProcess()
  t.match(await process.apply(id, resolve(issue, START)), { action: 'none', incident: null, severity: null })
  t.same(process.handed, [])
  t.equal(await process.incidents.read(id), null)
})

t.test('thirty issues of one project that breach together: one page', async t => {
  const project = `shop-${freshIssue().issue}`
  const subject = { kind: 'project', project } as const
  const projectId = incidentId(incidentKey('default', subject) ?? '')
  const processes = [startProcess(), startProcess()]
  const all = Array.from({ length: 30 }, freshIssue)
  await Promise.all(
    all.map(async ({ issue, id }, i) => {
      const { apply } = processes[i % 2] ?? startProcess()
      const signal = about(issue, { at: START + i, facts: { project } })
      const suspects = [makeSuspect(issue, { incident: id, users: i })]
      const breach = judged(
        { ...signal, subject },
        {
          verdict: makeVerdict({ severity: 'P0' }),
          cause: 'measured:crash-free',
          suspects,
          linked: [id],
        },
      )
      await apply(projectId, breach)
      await apply(id, judged(signal, { verdict: makeVerdict({ severity: 'P0' }), linked: [projectId] }))
    }),
  )
  const [process] = processes
  if (process === undefined) return
  const owed = await Promise.all([projectId, ...all.map(one => one.id)].map(id => process.notifications.list(id)))
  const pages = owed.flat().filter(one => one.destination === PAGE)
  t.same(
    pages.map(one => [one.incident, one.kind]),
    [[projectId, 'open']],
  )
  const incident = await process.incidents.read(projectId)
  t.equal(incident?.suspects.length, 30)
  t.equal(incident?.suspects[0]?.users, 29, 'largest first')
  for (const { id } of all) t.match(await process.incidents.read(id), { quiet: { speaker: projectId } })
  t.match(
    (await process.incidents.timeline(all[0]?.id ?? '', 0, 10)).map(one => one.what),
    ['opened', 'quiet'],
  )

  t.test('when it ends, one that is still severe may speak and pages', async t => {
    await process.apply(projectId, {
      kind: 'cleared',
      cause: 'measured:crash-free',
      signal: makeSignal({ subject, at: START + MINUTE, intent: 'resolve', origin: 'monitor' }),
    })
    t.same(process.ended, [projectId])
    const waiting = await process.voices.release('default', project, projectId)
    t.equal(waiting.length, 30)
    const [first] = all
    if (first === undefined) return
    const spoke = await process.apply(first.id, { kind: 'speaks', reason: 'it has ended', at: START + MINUTE })
    t.match(spoke, { action: 'speak' })
    t.same(said(process.handed.at(-1)?.owed ?? []), [`open ${PAGE}`])
  })
})

t.test('data loss pages for itself while the project incident speaks', async t => {
  const project = `shop-${freshIssue().issue}`
  const subject = { kind: 'project', project } as const
  const process = startProcess()
  const projectId = incidentId(incidentKey('default', subject) ?? '')
  await process.apply(
    projectId,
    judged(makeSignal({ subject, facts: { project } }), { verdict: makeVerdict({ severity: 'P0' }) }),
  )
  const { issue, id } = freshIssue()
  await process.apply(id, atSeverity(about(issue, { facts: { project } }), 'P0'))
  t.same(said(await process.notifications.list(id)), [])
  const other = freshIssue()
  await process.apply(
    other.id,
    atSeverity(about(other.issue, { facts: { project, tags: { data_loss: 'true' } } }), 'P0'),
  )
  t.same(said(await process.notifications.list(other.id)), [`open ${PAGE}`])
})

t.test('posts and backlog entries are never held back', async t => {
  const project = `shop-${freshIssue().issue}`
  const subject = { kind: 'project', project } as const
  const process = startProcess()
  const projectId = incidentId(incidentKey('default', subject) ?? '')
  await process.apply(
    projectId,
    judged(makeSignal({ subject, facts: { project } }), { verdict: makeVerdict({ severity: 'P0' }) }),
  )
  for (const [severity, destination] of [
    ['P1', 'slack-incidents'],
    ['P3', 'backlog'],
  ] as const) {
    const { issue, id } = freshIssue()
    await process.apply(id, atSeverity(about(issue, { facts: { project } }), severity))
    t.same(said(await process.notifications.list(id)), [`open ${destination}`])
    t.match(await process.incidents.read(id), { quiet: null })
  }
})

t.test('raised, resolved and reopened within the flap window: told as one life', async t => {
  const { issue, id } = freshIssue()
  const process = startProcess()
  const last = () => said(process.handed.at(-1)?.owed ?? [])
  const sendAll = async () => {
    for (const one of await process.notifications.list(id)) await process.notifications.put({ ...one, status: 'sent' })
  }
  await process.apply(id, atSeverity(about(issue), 'P2'))
  t.same(last(), ['open slack-alerts-production'])
  await sendAll()
  await process.apply(id, atSeverity(about(issue, { at: START + SECOND }), 'P0'))
  t.same(last(), ['edit slack-alerts-production', `raise ${PAGE}`])
  await sendAll()
  await process.apply(id, resolve(issue, START + MINUTE))
  t.same(last(), ['resolve slack-alerts-production', `resolve ${PAGE}`])
  await sendAll()
  const event = makeEvent(
    START + 5 * MINUTE,
    { issue, project: `shop-${issue}` },
    { subject: { kind: 'issue', issue } },
  )
  t.match(await process.apply(id, atSeverity(event, 'P0')), { action: 'reopen' })
  t.same(last(), ['edit slack-alerts-production', `open ${PAGE}`])
  t.match(await process.incidents.read(id), { generation: 1, status: 'triggered' })
})

t.test('a degraded verdict is due again after 30 s, and the wait grows with each time', async t => {
  const { issue, id } = freshIssue()
  const process = startProcess()
  const due = async () => ((await process.incidents.read(id)) as Incident).remeasureAt
  await process.apply(id, atSeverity(about(issue), 'P1', true))
  t.equal(await due(), START + 30 * SECOND)
  t.ok((await process.incidents.due(START + 30 * SECOND, 100)).includes(id))
  process.clock.wind(30 * SECOND)
  const again = (turn: number): Change =>
    judged(about(issue, { id: `again-${turn}` }), {
      verdict: makeVerdict({ severity: 'P1', degraded: true }),
      again: true,
    })
  await process.apply(id, again(1))
  t.equal(await due(), START + 2 * MINUTE)
  process.clock.wind(90 * SECOND)
  await process.apply(id, again(2))
  t.equal(await due(), START + 5 * MINUTE)
  await process.apply(
    id,
    judged(about(issue, { id: 'again-3' }), { verdict: makeVerdict({ severity: 'P1' }), again: true }),
  )
  t.equal(await due(), process.clock.now() + 5 * MINUTE, 'with its numbers it is watched like any open issue')
})

t.test('signals that keep coming do not put off measuring again', async t => {
  const { issue, id } = freshIssue()
  const process = startProcess()
  await process.apply(id, atSeverity(about(issue), 'P1', true))
  process.clock.wind(20 * SECOND)
  await process.apply(id, atSeverity(about(issue, { at: START + 20 * SECOND }), 'P1', true))
  t.equal((await process.incidents.read(id))?.remeasureAt, START + 30 * SECOND)
})
