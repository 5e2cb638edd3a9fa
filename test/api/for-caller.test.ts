import t from 'tap'
import type { Caller } from '../../src/access/caller.ts'
import { exampleDelivery, exampleIncident, exampleNotification, exampleTimelineEntry } from '../../src/api/examples.ts'
import { forCaller } from '../../src/api/for-caller.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { startApi } from './api-under-test.ts'

const idOf = (n: number) => `inc_${String(n).padStart(20, '0')}`
const [MINE, ALSO_MINE, THEIRS] = [idOf(1), idOf(2), idOf(3)]

function suspect(incident: string, title: string) {
  return { incident, issue: '1', title, link: null, events: 5, users: 2, coreFlow: null }
}

const storm: Incident = {
  ...exampleIncident,
  id: MINE,
  project: 'web-shop',
  suspects: [suspect(ALSO_MINE, 'ours'), suspect(THEIRS, 'what nobody else may read')],
  linked: [ALSO_MINE, THEIRS],
  quiet: { speaker: THEIRS, reason: 'more than 5 incidents after shop@2', since: 1 },
}
const all: Incident[] = [
  storm,
  { ...exampleIncident, id: ALSO_MINE, project: 'web-shop', quiet: { speaker: MINE, reason: 'a storm', since: 1 } },
  { ...exampleIncident, id: THEIRS, project: 'payments-api' },
  { ...exampleIncident, id: idOf(4), project: null },
]

function callerOf(projects: string[] | null): Caller {
  return { id: 'k', name: 'shop', role: 'responder', projects, via: 'key', address: '::1', request: 'r' }
}

t.test('what an incident tells of those of other projects is left out', async t => {
  const { operations } = await startApi(t)
  operations.incidents = {
    ...operations.incidents,
    list: async ({ projects }) => ({
      items: all.filter(({ project }) => projects === undefined || projects.includes(project ?? '')),
      next: null,
    }),
    get: async id => all.find(one => one.id === id) ?? null,
    readMany: async ids => all.filter(({ id }) => ids.includes(id)),
    timeline: async () => ({
      items: [THEIRS, ALSO_MINE].map(id => ({ ...exampleTimelineEntry, reason: `a storm: ${id} speaks for it` })),
      next: null,
    }),
  }
  const bound = forCaller(operations, callerOf(['web-shop', 'web-shop-2']))
  const page = { limit: 10, cursor: null }
  const { items } = await bound.incidents.list({}, page)
  t.same(
    items.map(({ id }) => id),
    [MINE, ALSO_MINE],
  )
  t.match(await bound.incidents.get(MINE), { suspects: [{ title: 'ours' }], linked: [ALSO_MINE], quiet: { since: 1 } })
  t.match(await bound.incidents.get(ALSO_MINE), { quiet: { speaker: MINE, reason: 'a storm' } }, 'its own are told')
  const lines = (await bound.incidents.timeline(MINE, page))?.items.map(({ reason }) => reason)
  t.same(lines, ['a storm: an incident of another project speaks for it', `a storm: ${ALSO_MINE} speaks for it`])
  t.notMatch(JSON.stringify([items, lines]), new RegExp(`${THEIRS}|what nobody else`))
  for (const id of [THEIRS, idOf(4), idOf(5)]) {
    t.equal(await bound.incidents.get(id), null)
    t.equal(await bound.incidents.timeline(id, page), null)
  }
  t.equal(forCaller(operations, callerOf(null)), operations, 'who is bound to none has everything')
  t.same(
    (await forCaller(operations, callerOf([])).incidents.list({}, page)).items,
    [],
    'bound to none at all: nothing',
  )
})

t.test('nor is it named in what was sent, done, or came of a webhook', async t => {
  const { operations } = await startApi(t)
  const reason = `${THEIRS} no longer speaks for it, and it is still open`
  const sent = { ...exampleNotification, incident: MINE, reason }
  const record = { ...exampleDelivery, incident: MINE, reason }
  operations.incidents = {
    ...operations.incidents,
    get: async id => all.find(one => one.id === id) ?? null,
    readMany: async ids => all.filter(({ id }) => ids.includes(id)),
    notifications: async () => [sent],
    act: async () => ({ incident: storm, changed: false, repeated: false, action: 'none', reason, reflected: [] }),
  }
  operations.notifications = {
    ...operations.notifications,
    list: async () => ({ items: [sent], next: null }),
    get: async () => sent,
    retry: async () => sent,
  }
  operations.deliveries = { get: async () => record }
  const bound = forCaller(operations, callerOf(['web-shop']))
  const caller = { id: 'k', name: 'shop' }
  const told = [
    await bound.incidents.notifications(MINE),
    await bound.incidents.act(MINE, { kind: 'acknowledge' }, { actor: null, key: null, caller }),
    await bound.notifications.list({}, { limit: 10, cursor: null }),
    await bound.notifications.get(sent.id),
    await bound.notifications.retry(sent.id),
    await bound.deliveries.get(record.id),
  ]
  for (const one of told) {
    t.match(JSON.stringify(one), /an incident of another project no longer speaks for it/)
    t.notMatch(JSON.stringify(one), new RegExp(`${THEIRS}|what nobody else`))
  }
})
