import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createSealedRecords } from '../../src/platform/sealed-records.ts'
import { createSecretBox } from '../../src/platform/secret-box.ts'
import { startTestRedis } from '../support/redis.ts'

interface Thing {
  id: string
  size: number
}

t.test('records with sealed secrets', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const oldKey = randomBytes(32)
  const open = (keys = [oldKey], name = 'things') =>
    createSealedRecords<Thing, { pin: string }>(redis.client(), {
      name,
      noun: 'thing',
      secretBox: createSecretBox(keys),
      readValue: stored => {
        if (typeof stored !== 'object' || stored === null || !('size' in stored)) throw new TypeError('not a thing')
        return stored as Thing
      },
      readSecret: stored => stored as { pin: string },
    })
  const thing = (id: string, size = 1) => ({
    id,
    managedBy: 'api' as const,
    value: { id, size },
    secret: { pin: `pin-of-${id}` },
  })
  const client = redis.client()

  await t.test('what one process writes another reads after a refresh, by id', async t => {
    const [one, other] = [open(), open()]
    await other.refresh()
    await one.put(thing('b'), null)
    await one.put(thing('a'), null)
    t.same(
      one.list().map(record => record.id),
      ['a', 'b'],
    )
    t.equal(other.get('a'), null, 'memory is not Redis')
    await other.refresh()
    t.match(other.get('a'), { value: { size: 1 }, secret: { pin: 'pin-of-a' }, managedBy: 'api', unreadable: null })
  })

  await t.test('secrets do not lie readable in Redis', async t => {
    const stored = JSON.stringify(await client.hgetall('tocsin:{things}:records'))
    t.match(stored, /"a"/)
    t.notMatch(stored, /pin-of/)
  })

  await t.test('of two writers on one version one wins', async t => {
    const [one, other] = [open(), open()]
    await one.refresh()
    const version = one.get('a')?.version ?? ''
    const results = await Promise.allSettled([one.put(thing('a', 2), version), other.put(thing('a', 3), version)])
    t.same(results.map(result => result.status).toSorted(), ['fulfilled', 'rejected'])
    t.match(
      results.find(result => result.status === 'rejected'),
      { reason: { code: 'STALE_ETAG' } },
    )
    await t.rejects(one.put(thing('a'), null), { code: 'CONFLICT' })
    await t.rejects(one.put(thing('none'), '1'), { code: 'NOT_FOUND' })
    await t.rejects(one.remove('none', '1'), { code: 'NOT_FOUND' })
    await t.rejects(one.remove('a', version), { code: 'STALE_ETAG' })
  })

  await t.test('check says what a write would say', async t => {
    const one = open()
    await one.refresh()
    t.doesNotThrow(() => one.check('new', null))
    t.doesNotThrow(() => one.check('a', one.get('a')?.version ?? null))
    t.throws(() => one.check('a', null), { code: 'CONFLICT' })
    t.throws(() => one.check('a', 'x'), { code: 'STALE_ETAG' })
    t.throws(() => one.check('none', 'x'), { code: 'NOT_FOUND' })
  })

  await t.test('a key that was taken away makes secrets unreadable, not the set; a rotated one does not', async t => {
    const rotated = open([randomBytes(32), oldKey])
    await rotated.refresh()
    t.match(rotated.get('a'), { secret: { pin: 'pin-of-a' } })
    const lost = open([randomBytes(32)])
    await lost.refresh()
    t.match(lost.get('a'), { value: { id: 'a' }, secret: null, unreadable: /thing "a".*ENCRYPTION_KEY/ })
    t.equal(lost.problems().length, 2)
  })

  await t.test('a secret that was moved to another record does not open', async t => {
    const a = JSON.parse((await client.hget('tocsin:{things}:records', 'a')) ?? '')
    await client.hset('tocsin:{things}:records', 'b', JSON.stringify({ ...a, value: { id: 'b', size: 1 } }))
    await client.incr('tocsin:{things}:version')
    const one = open()
    await one.refresh()
    t.match([one.get('a')?.secret, one.get('b')?.secret], [{ pin: 'pin-of-a' }, null])
  })

  await t.test('a record of unknown form is left out and named', async t => {
    await client.hset(
      'tocsin:{things}:records',
      'c',
      '{"version":"99","managedBy":"api","value":{},"sealed":null}',
      'd',
      'nonsense',
    )
    await client.incr('tocsin:{things}:version')
    const one = open()
    await one.refresh()
    t.equal(one.get('c'), null)
    t.match(one.problems().join('\n'), /thing "c".*\n.*thing "d"/)
    t.ok(one.get('a'))
  })

  await t.test('seeding replaces what the environment managed and nothing else', async t => {
    const one = open([oldKey], 'seeded')
    const wanted = (id: string, size = 1) => ({ value: { id, size }, secret: { pin: id } })
    await one.put(thing('mine'), null)
    t.same(await one.seed([wanted('x'), wanted('y'), wanted('mine', 9)]), {
      seeded: ['x', 'y'],
      removed: [],
      kept: ['mine'],
    })
    const before = one.list().map(record => record.version)
    t.same(await one.seed([wanted('x'), wanted('y')]), { seeded: ['x', 'y'], removed: [], kept: [] })
    t.same(
      one.list().map(record => record.version),
      before,
      'what did not change keeps its version',
    )
    t.same(await one.seed([wanted('x', 2)]), { seeded: ['x'], removed: ['y'], kept: [] })
    t.match(one.list(), [
      { id: 'mine', managedBy: 'api', value: { size: 1 } },
      { id: 'x', managedBy: 'environment', value: { size: 2 } },
    ])
  })

  await t.test('two processes that start together seed the same', async t => {
    const [one, other] = [open([oldKey], 'together'), open([oldKey], 'together')]
    const wanted = ['x', 'y', 'z'].map(id => ({ value: { id, size: 1 }, secret: { pin: id } }))
    const results = await Promise.all([one.seed(wanted), other.seed(wanted)])
    t.same(
      results.map(result => result.seeded),
      [
        ['x', 'y', 'z'],
        ['x', 'y', 'z'],
      ],
    )
    await one.refresh()
    t.same(
      one.list().map(record => record.id),
      ['x', 'y', 'z'],
    )
  })
})
