import { randomBytes } from 'node:crypto'
import t from 'tap'
import {
  type DestinationSecret,
  destinationSchema,
  destinationSecretSchema,
  type StoredDestination,
} from '../../src/deliver/destination.ts'
import { createDestinationStore } from '../../src/deliver/destination-store.ts'
import { secureUrlSchema } from '../../src/deliver/secure-url.ts'
import { createSealedRecords } from '../../src/platform/sealed-records.ts'
import { createSecretBox } from '../../src/platform/secret-box.ts'
import { startTestRedis } from '../support/redis.ts'

t.test('destinations', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const box = createSecretBox([randomBytes(32)])
  const open = (secretBox = box) =>
    createDestinationStore({
      records: createSealedRecords<StoredDestination, DestinationSecret>(redis.client(), {
        name: 'destinations',
        noun: 'destination',
        secretBox,
        readValue: stored => destinationSchema.parse(stored),
        readSecret: stored => destinationSecretSchema.parse(stored),
      }),
      usedBy: id => (id === 'used' ? ['/policies/0/steps/0/targets/0/destination'] : []),
    })
  const pager = (id: string, more: object = {}) => destinationSchema.parse({ id, name: id, kind: 'pagerduty', ...more })
  const routingKey = randomBytes(16).toString('hex')

  await t.test('are read with their secret from memory, for the moment of sending', async t => {
    const store = open()
    await store.put(pager('a'), { routingKey }, null)
    t.match(store.get('a'), { destination: { id: 'a' }, secret: { routingKey } })
    t.match(store.all(), [{ destination: { id: 'a' } }])
    t.equal(store.get('none'), null)
    const { value } = (await store.read('a')) ?? { value: null }
    t.notMatch(JSON.stringify(value), routingKey)
    t.equal(await store.read('none'), null)
  })

  await t.test('have no id that is kept for a source, which is written back to by itself', async t => {
    const reserved = { code: 'INVALID_INPUT', problems: [{ path: '/id', message: /kept for sources/ }] }
    await t.rejects(open().put(pager('sentry-default'), { routingKey }, null), reserved)
    const seeded = [{ destination: pager('sentry-default'), secret: { routingKey } }]
    await t.rejects(open().seedFromEnvironment(seeded), reserved)
  })

  await t.test('keep their secret, and their kind, unless told', async t => {
    const store = open()
    const { version } = (await store.read('a')) ?? { version: '' }
    const put = await store.put(pager('a', { name: 'renamed' }), undefined, version)
    t.match(store.get('a'), { destination: { name: 'renamed' }, secret: { routingKey } })
    const backlog = destinationSchema.parse({ id: 'a', name: 'a', kind: 'backlog' })
    await t.rejects(store.put(backlog, undefined, put.version), {
      code: 'INVALID_INPUT',
      problems: [{ path: '/kind' }],
    })
    await t.rejects(store.put(pager('new'), undefined, null), {
      code: 'INVALID_INPUT',
      problems: [{ path: '/secret/routingKey' }],
    })
    await t.rejects(store.put(pager('new'), { routingKey: 'short' }, null), {
      code: 'INVALID_INPUT',
      problems: [{ path: '/secret/routingKey' }],
    })
    const wrong = { routingKey, botToken: 'xoxb-1' }
    await t.rejects(
      store.put(pager('new'), wrong, null),
      { code: 'INVALID_INPUT', problems: [{ path: '/secret' }] },
      'secrets of another kind',
    )
  })

  await t.test('fall back to one that exists, and never in a circle', async t => {
    const store = open()
    await store.put(pager('b', { fallback: 'a' }), { routingKey }, null)
    const { version } = (await store.read('a')) ?? { version: '' }
    await t.rejects(store.put(pager('a', { fallback: 'b' }), undefined, version), {
      code: 'INVALID_INPUT',
      problems: [{ path: '/fallback' }],
    })
    await t.rejects(store.put(pager('c', { fallback: 'none' }), { routingKey }, null), {
      code: 'INVALID_INPUT',
      problems: [{ message: /Known: a, b/ }],
    })
    await t.rejects(store.remove('a', version), { code: 'IN_USE', message: /destinations\/b\/fallback/ })
    // The environment's own stand in for each other; what falls back on one of them is not in that circle.
    await store.seedFromEnvironment([
      { destination: pager('one', { fallback: 'two' }), secret: { routingKey } },
      { destination: pager('two', { fallback: 'one' }), secret: { routingKey } },
    ])
    await store.put(pager('d', { fallback: 'one' }), { routingKey }, null)
  })

  await t.test('stay while rules name them', async t => {
    const store = open()
    const { version } = await store.put(pager('used'), { routingKey }, null)
    await t.rejects(store.remove('used', version), { code: 'IN_USE', message: /policies\/0/ })
    await t.rejects(store.remove('none', version), { code: 'NOT_FOUND' })
  })

  await t.test('from the environment are checked, and nobody else may change them', async t => {
    const store = open()
    await t.rejects(store.seedFromEnvironment([{ destination: pager('env'), secret: { routingKey: 'mistyped' } }]), {
      code: 'INVALID_INPUT',
      message: /env/,
    })
    t.same((await store.seedFromEnvironment([{ destination: pager('env'), secret: { routingKey } }])).seeded, ['env'])
    const { version } = (await store.read('env')) ?? { version: '' }
    await t.rejects(store.put(pager('env'), undefined, version), { code: 'MANAGED_BY_ENVIRONMENT' })
    await t.rejects(store.remove('env', version), { code: 'MANAGED_BY_ENVIRONMENT' })
    await t.rejects(store.put(pager('env'), { routingKey }, null), { code: 'CONFLICT' })
    t.same((await store.seedFromEnvironment([])).removed, ['env'])
  })

  await t.test('whose secret cannot be opened are named, and send with none', async t => {
    const store = open(createSecretBox([randomBytes(32)]))
    await store.refresh()
    t.match(store.get('a'), { destination: { id: 'a' }, secret: {} })
    t.match(store.problems().join(), /destination "a"/)
    const { version } = (await store.read('a')) ?? { version: '' }
    await t.rejects(store.put(pager('a'), undefined, version), {
      code: 'INVALID_INPUT',
      problems: [{ path: '/secret/routingKey' }],
    })
    await store.put(pager('a'), { routingKey }, version)
    t.match(store.get('a'), { secret: { routingKey } }, 'giving it again heals it')
  })
})

t.test('addresses for secrets are https, or http on loopback, and name no user', async t => {
  for (const url of [
    'https://events.pagerduty.com',
    'http://127.0.0.1:8080/x',
    'http://localhost',
    'http://[::1]:1',
    'http://127.8.8.8',
  ]) {
    t.ok(secureUrlSchema.safeParse(url).success, url)
  }
  const refused = [
    'http://example.net',
    'http://localhost.example.net',
    'http://127.0.0.1.example.net',
    'ftp://127.0.0.1',
  ]
  for (const url of [
    ...refused,
    'https://u:p@example.net',
    'https://u@example.net',
    'example.net',
    '',
    'javascript:alert(1)',
  ]) {
    t.notOk(secureUrlSchema.safeParse(url).success, url)
  }
})
