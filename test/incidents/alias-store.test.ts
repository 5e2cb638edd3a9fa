import t from 'tap'
import { createAliasStore } from '../../src/incidents/alias-store.ts'
import { incidentId, incidentKey } from '../../src/signals/dedup-key.ts'
import { startTestRedis } from '../support/redis.ts'

const server = await startTestRedis()
t.teardown(() => server.stop())
const redis = server.client()

t.test('a name under which a monitor is spoken of leads to its subject, for its own source', async t => {
  const aliases = createAliasStore(redis)
  const known = { subject: { kind: 'project', project: 'shop' }, rule: '7' } as const
  await aliases.remember('default', 'detector:7', known)
  t.same(await createAliasStore(server.client()).find('default', 'detector:7'), known)
  t.equal(await aliases.find('other', 'detector:7'), null)
  t.equal(await aliases.find('default', 'issue:7'), null)
})

t.test('an incident leads back to the metric issues that speak of it, and to nothing else', async t => {
  const aliases = createAliasStore(redis)
  const subject = { kind: 'project', project: 'back' } as const
  const id = incidentId(incidentKey('default', subject) ?? '')
  await aliases.remember('default', 'detector:7', { subject, rule: '7' })
  t.same(await aliases.issuesOf('default', id), [])
  for (const issue of ['5', '6', '5']) await aliases.remember('default', `issue:${issue}`, { subject, rule: '7' })
  t.same((await aliases.issuesOf('default', id)).sort(), ['5', '6'])
  t.same(await aliases.issuesOf('other', id), [])
  const left = await redis.pttl(`tocsin:{alias:default}:issues-of:${id}`)
  t.ok(left > 0, 'it is not kept for ever')
})

t.test('the monitors of a project are known by what they said last', async t => {
  const aliases = createAliasStore(redis)
  const subject = { kind: 'project', project: 'shop' } as const
  const [one, other] = [
    { subject, rule: '7', name: 'Crash-free' },
    { subject, rule: '8', name: null },
  ]
  await aliases.rememberMonitor('default', 'shop', { ...one, name: 'As it was called' })
  for (const monitor of [one, other]) await aliases.rememberMonitor('default', 'shop', monitor)
  t.same(
    (await aliases.monitorsOf('default', 'shop')).sort((a, b) => a.rule.localeCompare(b.rule)),
    [one, other],
  )
  t.same(await aliases.monitorsOf('default', 'blog'), [])
})
