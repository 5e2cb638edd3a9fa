import t from 'tap'
import { createAliasStore } from '../../src/incidents/alias-store.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { createFindSubject } from '../../src/pipeline/find-subject.ts'
import { createJoinMonitor } from '../../src/pipeline/join-monitor.ts'
import { incidentId, incidentKey } from '../../src/signals/dedup-key.ts'
import { makeListed } from '../support/listed.ts'
import { MINUTE, makeIncident, makeMetric, makeSignal, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const DAY = 24 * 60 * MINUTE
const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()
let serial = 0

/** Monitors that told of themselves by webhook, and the incidents they hold open. */
function room() {
  const source = `join-${++serial}`
  const aliases = createAliasStore(redis)
  const findSubject = createFindSubject(aliases, () => ['production'])
  const held = new Map<string, Incident>()
  const join = createJoinMonitor({ aliases, incidents: { read: async id => held.get(id) ?? null } })
  return {
    aliases,
    source,
    async fires(rule: string, name: string | null, change: Partial<Incident> & { since?: number } = {}) {
      const { since = START, ...rest } = change
      const told = makeSignal({
        source,
        subject: { kind: 'metric', detector: rule, project: 'shop', measures: 'other', windowMinutes: 10 },
        metric: makeMetric({ measures: 'other', rule: { id: rule, name } }),
        facts: { category: 'metric', issue: null },
      })
      const { subject } = await findSubject(told)
      const id = incidentId(incidentKey(source, subject) ?? '')
      const causes = { [`metric:${rule}`]: { since, clearedAt: null } }
      held.set(id, makeIncident({ id, source, kind: 'metric', causes, ...rest }))
    },
    /** The rule that the issue was joined to; null: none. */
    async joined(about: Parameters<typeof makeListed>[0]) {
      const issue = makeListed({ issue: '9001', project: 'shop', category: 'metric', firstSeen: START, ...about })
      const found = await join(source, issue)
      const known = await aliases.find(source, `issue:${issue.issue}`)
      t.equal(found, known !== null)
      return known?.rule ?? null
    },
  }
}

t.test('an issue joins the monitor that it is called after, whenever that began', async t => {
  const { fires, joined, aliases, source } = room()
  await fires('7', 'Slow search', { since: START - DAY })
  await fires('8', 'Slow checkout')
  t.equal(await joined({ title: 'Slow search' }), '7')
  const subject = { kind: 'metric', detector: '7', project: 'shop', measures: 'other', windowMinutes: 10 } as const
  t.same(await aliases.issuesOf(source, incidentId(incidentKey(source, subject) ?? '')), ['9001'])
})

t.test('only what is open, of this project, and held open by that very monitor', async t => {
  const { fires, joined } = room()
  await fires('7', 'Slow search', { status: 'resolved' })
  t.equal(await joined({ title: 'Slow search' }), null)
  await fires('7', 'Slow search', { causes: { 'metric:7': { since: START, clearedAt: START + MINUTE } } })
  t.equal(await joined({ title: 'Slow search' }), null)
  await fires('7', 'Slow search', { causes: { 'measured:spike': { since: START, clearedAt: null } } })
  t.equal(await joined({ title: 'Slow search' }), null)
  await fires('7', 'Slow search')
  t.equal(await joined({ title: 'Slow search', project: 'blog' }), null)
  t.equal(await joined({ title: 'Slow search', project: null }), null)
  t.equal(await joined({ title: 'Slow search' }), '7')
})

t.test('of two that are called the same, the one that began with it; else none', async t => {
  const { fires, joined } = room()
  await fires('7', 'Slow search', { since: START - DAY })
  await fires('8', 'Slow search', { since: START - 9 * MINUTE })
  await fires('9', null)
  t.equal(await joined({ title: 'Slow search' }), '8')
  await fires('7', 'Slow search', { since: START + MINUTE })
  t.equal(await joined({ title: 'Slow search', issue: '9002' }), null)
})

t.test('one whose name was not said is joined by what began with it; one that is called otherwise never', async t => {
  const { fires, joined } = room()
  await fires('7', 'Slow checkout')
  t.equal(await joined({ title: 'Slow search' }), null)
  await fires('8', null, { since: START - 9 * MINUTE })
  t.equal(await joined({ title: 'Slow search', issue: '1', firstSeen: START - DAY, lastSeen: START - DAY }), null)
  t.equal(
    await joined({ title: 'Slow search', issue: '2', firstSeen: START - DAY, lastSeen: START }),
    '8',
    'a new life',
  )
  t.equal(await joined({ title: 'Slow search', issue: '3', lastSeen: null }), '8')
  await fires('9', null)
  t.equal(await joined({ title: 'Slow search', issue: '4' }), null, 'nobody can tell which')
})

t.test('what is told of a monitor under its issue takes its name away from nobody', async t => {
  const { fires, joined, source, aliases } = room()
  await fires('7', 'Slow search')
  t.equal(await joined({ title: 'Slow search' }), '7')
  const findSubject = createFindSubject(aliases, () => ['production'])
  const about = { category: 'metric' as const, issue: '9001' }
  const spoken = await findSubject(makeSignal({ source, subject: { kind: 'issue', issue: '9001' }, facts: about }))
  t.match(spoken, { subject: { kind: 'metric', detector: '7' }, metric: { rule: { id: '7' } } })
  t.match(await aliases.monitorsOf(source, 'shop'), [{ rule: '7', name: 'Slow search' }])
})
