import t from 'tap'
import type { Incident } from '../../src/incidents/incident.ts'
import type { ProjectSessions, Survey } from '../../src/measure/survey.ts'
import { createLookAtProjects } from '../../src/pipeline/look-at-projects.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'
import type { Signal } from '../../src/signals/signal.ts'
import { makeIncident, START } from '../support/make.ts'

const RULES = {
  number: 1,
  at: START,
  author: 'tests',
  message: '',
  document: defaultRules({ pagerduty: true, slack: true }),
}
const failed = { ok: false as const, reason: 'Sentry is in trouble', retry: true }

/** Which projects are measured in full, given what is seen of all of them. */
async function looked(seen: {
  sessions?: ProjectSessions[] | null
  unhandled?: { project: string; events: number }[] | null
  only?: string[]
  open?: Partial<Incident>
  skewMs?: number
}) {
  const told: Signal[] = []
  const never = () => Promise.reject(new Error('not asked here'))
  const survey: Survey = {
    canAsk: () => true,
    listIssues: never,
    environments: never,
    projects: never,
    crashingIssues: never,
    sessions: async () => (seen.sessions === null ? failed : { ok: true, value: seen.sessions ?? [] }),
    unhandled: async () => (seen.unhandled === null ? failed : { ok: true, value: seen.unhandled ?? [] }),
  }
  const look = createLookAtProjects({
    survey,
    incidents: { read: async () => (seen.open === undefined ? null : makeIncident(seen.open)) },
    rules: () => RULES,
    projectsOf: () => seen.only ?? [],
    skewMs: () => seen.skewMs ?? 0,
    async handleSignal(signal) {
      told.push(signal)
    },
    clock: { now: () => START },
  })
  const { gaps } = await look('default')
  return { told, names: told.map(({ facts }) => facts.project), gaps }
}

const project = (name: string, sessions: number, crashed: number, releases: [string, number, number][] = []) => ({
  project: name,
  production: { sessions, crashed },
  releases: releases.map(([release, all, bad]) => ({ release, sessions: all, crashed: bad })),
})

t.test('a project whose rate may be below its threshold is measured, a healthy or a small one is not', async t => {
  const sessions = [project('bad', 1000, 51), project('well', 1000, 50), project('night', 199, 100)]
  const { told, names } = await looked({ sessions })
  t.same(names, ['bad'])
  t.match(told[0], { origin: 'monitor', intent: 'alert', subject: { kind: 'project', project: 'bad' }, metric: null })
})

t.test('a bad release is not hidden by the rest, whichever is the newest', async t => {
  const releases: [string, number, number][] = [
    ['1.0', 9000, 10],
    ['1.1', 300, 60],
  ]
  t.same((await looked({ sessions: [project('shop', 9300, 70, releases)] })).names, ['shop'])
})

t.test('a spike is looked into when ten minutes hold more than one may have', async t => {
  const unhandled = [
    { project: 'spiky', events: 501 },
    { project: 'usual', events: 500 },
  ]
  t.same((await looked({ unhandled })).names, ['spiky'])
})

t.test('one that is measured every minute already is left to that; an alert alone does not measure', async t => {
  const sessions = [project('bad', 1000, 100)]
  const causes = (name: string) => ({ [name]: { since: START, clearedAt: null } })
  t.same((await looked({ sessions, open: { causes: causes('measured:crash-free') } })).names, [])
  t.same((await looked({ sessions, open: { causes: causes('metric:7') } })).names, ['bad'])
  t.same((await looked({ sessions, open: { causes: causes('measured:spike'), status: 'resolved' } })).names, ['bad'])
})

t.test('only projects the source speaks for, and none by its number: it is one incident by its name', async t => {
  const sessions = [project('bad', 1000, 100), project('other', 1000, 100), project('4711', 1000, 100)]
  t.same((await looked({ sessions, only: ['bad'] })).names, ['bad'])
  t.same((await looked({ sessions })).names, ['bad', 'other'])
})

t.test('what cannot be seen is said, and what can is looked at all the same', async t => {
  const { names, gaps } = await looked({ sessions: null, unhandled: [{ project: 'spiky', events: 9000 }] })
  t.same(names, ['spiky'])
  t.same(gaps, ['Sentry is in trouble'])
})

t.test("what is found is of that moment of Sentry's clock, as ends are", async t => {
  const { told } = await looked({ sessions: [project('shop', 1_000, 100)], skewMs: -240_000 })
  t.match(told, [{ at: START - 240_000, receivedAt: START }])
})
