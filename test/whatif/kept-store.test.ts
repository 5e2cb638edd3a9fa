import t from 'tap'
import { createKeptStore } from '../../src/whatif/kept-store.ts'
import { startTestRedis } from '../support/redis.ts'

const DAY = 86_400_000
const AT = Date.UTC(2026, 10, 20, 12)

async function linesOf(read: AsyncGenerator<string[]>): Promise<string[]> {
  const all: string[] = []
  for await (const lines of read) all.push(...lines)
  return all
}

t.test('what was kept is read in order, packed or not, and only of the days that are asked for', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const store = createKeptStore(redis.client(), { chunkLines: 10 })
  const lines = Array.from({ length: 47 }, (_, n) => `{"n":${n},"ü":"ÄÖ"}`)
  for (let n = 0; n < lines.length; n += 7)
    t.equal(await store.append(lines.slice(n, n + 7), AT, DAY), Math.min(7, 47 - n))
  t.same(await linesOf(store.read(AT, AT)), lines)
  await store.pack(AT)
  t.same(await linesOf(store.read(AT, AT)), lines)
  await store.append(['{"next":1}'], AT + DAY, DAY)
  t.same(await linesOf(store.read(AT, AT)), lines)
  t.same(await linesOf(store.read(AT - 3 * DAY, AT + DAY)), [...lines, '{"next":1}'])
  t.same(await linesOf(store.read(AT + 2 * DAY, AT + 9 * DAY)), [])
  const client = redis.client()
  const left = await client.pttl('tocsin:{kept:2026-11-20}:chunks')
  t.ok(left > DAY && left <= 2 * DAY, `kept for its time and no longer: ${left}`)
})

t.test('several that pack at once lose nothing and keep nothing twice', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const stores = [1, 2, 3].map(() => createKeptStore(redis.client(), { chunkLines: 5 }))
  const lines = Array.from({ length: 60 }, (_, n) => `line ${n}`)
  await Promise.all(
    lines.map(async (line, n) => {
      const store = stores[n % stores.length]
      await store?.append([line], AT, DAY)
      await store?.pack(AT)
    }),
  )
  const [first] = stores
  t.same((await linesOf(first?.read(AT, AT) ?? (async function* () {})())).toSorted(), lines.toSorted())
})

t.test('a flood is bounded: what finds no room is counted', async t => {
  const redis = await startTestRedis()
  t.teardown(() => redis.stop())
  const store = createKeptStore(redis.client(), { chunkLines: 5, chunksADay: 2 })
  for (let n = 0; n < 2; n += 1) {
    await store.append(['a', 'b', 'c', 'd', `e${n}`], AT, DAY)
    await store.pack(AT)
  }
  t.equal(await store.append(['one', 'more'], AT, DAY), 0)
  t.equal((await store.size(AT)).refused, 2)
  t.equal((await linesOf(store.read(AT, AT))).length, 10)
})
