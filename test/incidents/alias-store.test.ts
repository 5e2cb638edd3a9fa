import t from 'tap'
import { createAliasStore } from '../../src/incidents/alias-store.ts'
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
