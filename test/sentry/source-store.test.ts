import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createSealedRecords } from '../../src/platform/sealed-records.ts'
import { createSecretBox } from '../../src/platform/secret-box.ts'
import { type Source, type SourceSecret, sourceSchema, sourceSecretSchema } from '../../src/sentry/source.ts'
import { createSourceStore } from '../../src/sentry/source-store.ts'
import { startTestRedis } from '../support/redis.ts'

t.test('sources', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const box = createSecretBox([randomBytes(32)])
  const open = (secretBox = box) =>
    createSourceStore({
      records: createSealedRecords<Source, SourceSecret>(redis.client(), {
        name: 'sources',
        noun: 'source',
        secretBox,
        readValue: stored => sourceSchema.parse(stored),
        readSecret: stored => sourceSecretSchema.parse(stored),
      }),
    })
  const source = (id: string, more: object = {}) => sourceSchema.parse({ id, name: id, ...more })
  const clientSecrets = [randomBytes(32).toString('hex')]
  const apiToken = randomBytes(32).toString('hex')

  await t.test('are read with their secrets from memory, for the door', async t => {
    const store = open()
    await store.put(source('a'), { clientSecrets, apiToken }, null)
    t.match(store.get('a'), { id: 'a', clientSecrets, apiToken, managedBy: 'api' })
    t.equal(store.get('none'), null)
    t.match(store.all(), [{ id: 'a' }])
    t.match(await store.list(), [{ value: { id: 'a', secrets: ['apiToken', 'clientSecrets'] } }])
    t.equal(await store.read('none'), null)
  })

  await t.test('keep what a change leaves out', async t => {
    const store = open()
    const { version } = (await store.read('a')) ?? { version: '' }
    const rotated = [randomBytes(32).toString('hex'), ...clientSecrets]
    const put = await store.put(source('a', { name: 'renamed' }), { clientSecrets: rotated }, version)
    t.match(store.get('a'), { name: 'renamed', clientSecrets: rotated, apiToken })
    const elsewhere = source('a', { url: 'https://sentry.example.net' })
    await t.rejects(store.put(elsewhere, undefined, put.version), {
      code: 'INVALID_INPUT',
      problems: [{ path: '/secret/apiToken' }],
    })
    const untoken = await store.put(elsewhere, { apiToken: null }, put.version)
    t.match([store.get('a')?.apiToken, untoken.value.secrets], [null, ['clientSecrets']])
    await t.rejects(store.put(source('b'), undefined, null), {
      code: 'INVALID_INPUT',
      problems: [{ path: '/secret/clientSecrets' }],
    })
    await t.rejects(store.put(source('b'), { clientSecrets: ['short'] }, null), {
      code: 'INVALID_INPUT',
      problems: [{ path: '/secret/clientSecrets/0' }],
    })
  })

  await t.test('from the environment are checked, and nobody else may change them', async t => {
    const store = open()
    const secret = { clientSecrets, apiToken: null }
    await t.rejects(
      store.seedFromEnvironment([{ source: source('default'), secret: { ...secret, clientSecrets: [] } }]),
      {
        code: 'INVALID_INPUT',
        message: /default/,
      },
    )
    await store.seedFromEnvironment([{ source: source('default'), secret }])
    const { version } = (await store.read('default')) ?? { version: '' }
    await t.rejects(store.put(source('default'), undefined, version), { code: 'MANAGED_BY_ENVIRONMENT' })
    await t.rejects(store.remove('default', version), { code: 'MANAGED_BY_ENVIRONMENT' })
    await t.rejects(store.remove('none', '1'), { code: 'NOT_FOUND' })
  })

  await t.test('whose secrets cannot be opened verify nothing, and are named', async t => {
    const store = open(createSecretBox([randomBytes(32)]))
    await store.refresh()
    t.equal(store.get('a'), null)
    t.same(store.all(), [])
    t.match(store.problems().join(), /source "a"/)
    t.match((await store.read('a'))?.value.secrets, [])
  })

  await t.test('are removed against their version', async t => {
    const store = open()
    const { version } = (await store.read('a')) ?? { version: '' }
    await store.remove('a', version)
    t.equal(store.get('a'), null)
  })
})
