import fc from 'fast-check'
import t from 'tap'
import { createGroupCommit } from '../../src/platform/group-commit.ts'
import { until } from '../support/until.ts'

/** A store whose commits are let through, or broken, by hand. */
function store() {
  const commits: { items: readonly number[]; finish(): void; fail(error: Error): void }[] = []
  const commit = (items: readonly number[]) =>
    new Promise<string[]>((resolve, reject) => {
      commits.push({ items, finish: () => resolve(items.map(item => `r${item}`)), fail: reject })
    })
  return { commits, commit }
}
const turn = () => new Promise(resolve => setImmediate(() => setImmediate(resolve)))

t.test('items that arrive together share one commit, and each gets its own result', async t => {
  const { commits, commit } = store()
  const group = createGroupCommit({ commit })
  const added = [1, 2, 3].map(item => group.add(item))
  await turn()
  t.strictSame(
    commits.map(({ items }) => items),
    [[1, 2, 3]],
  )
  commits[0]?.finish()
  t.strictSame(await Promise.all(added), ['r1', 'r2', 'r3'])
})

t.test('a batch is bounded in items and bytes; a large item goes alone', async t => {
  const { commits, commit } = store()
  const group = createGroupCommit({ commit, maxItems: 3, maxBytes: 10, size: item => item, maxInFlight: 9 })
  const added = [1, 2, 3, 1, 9, 50, 4].map(item => group.add(item))
  await turn()
  t.strictSame(
    commits.map(({ items }) => items),
    [[1, 2, 3], [1, 9], [50], [4]],
  )
  for (const { finish } of commits) finish()
  await Promise.all(added)
})

t.test('while as many commits as allowed are under way, what arrives waits and leaves together', async t => {
  const { commits, commit } = store()
  const group = createGroupCommit({ commit, maxInFlight: 1 })
  const first = group.add(1)
  await turn()
  const rest = [2, 3].map(item => group.add(item))
  await turn()
  t.equal(commits.length, 1)
  commits[0]?.finish()
  await first
  await turn()
  t.strictSame(commits[1]?.items, [2, 3])
  commits[1]?.finish()
  await Promise.all(rest)
})

t.test(
  'with a rest, a lone item leaves at once and what follows leaves together, or as soon as it is full',
  async t => {
    const { commits, commit } = store()
    const group = createGroupCommit({ commit, maxItems: 3, maxInFlight: 9, restMs: 300 })
    const sent = () => commits.map(({ items }) => items)
    const added = [group.add(1)]
    await turn()
    t.strictSame(sent(), [[1]])
    added.push(group.add(2), group.add(3))
    await turn()
    t.strictSame(sent(), [[1]], 'it rests')
    added.push(...[4, 5].map(item => group.add(item)))
    await turn()
    t.strictSame(sent(), [[1], [2, 3, 4]], 'full: at once')
    await until(() => commits.length === 3)
    t.strictSame(sent(), [[1], [2, 3, 4], [5]])
    for (const { finish } of commits) finish()
    await Promise.all(added)
    await group.idle()
  },
)

t.test('a failed commit rejects its own items and nothing else', async t => {
  const { commits, commit } = store()
  const group = createGroupCommit({ commit, maxItems: 2 })
  const added = [1, 2, 3].map(item => group.add(item))
  await turn()
  commits[1]?.finish()
  commits[0]?.fail(new Error('disk full'))
  const results = await Promise.allSettled(added)
  t.strictSame(
    results.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
  )
  const later = group.add(4)
  await turn()
  commits[2]?.finish()
  t.equal(await later, 'r4')
})

t.test('a commit that throws at once rejects like one that fails', async t => {
  const group = createGroupCommit<number, string>({
    commit: () => {
      throw new Error('closed')
    },
  })
  await t.rejects(group.add(1), /closed/)
})

t.test('a store that hangs does not fill the memory: past the limit items are refused at once', async t => {
  const { commits, commit } = store()
  const group = createGroupCommit({ commit, size: () => 10, maxQueuedBytes: 25, maxInFlight: 1 })
  const first = group.add(1)
  await turn()
  const kept = [2, 3].map(item => group.add(item))
  await t.rejects(group.add(4), { code: 'STORE_UNAVAILABLE', status: 503 })
  commits[0]?.finish()
  await first
  await turn()
  commits[1]?.finish()
  await Promise.all(kept)
})

t.test('idle resolves when nothing waits and nothing is under way', async t => {
  const { commits, commit } = store()
  const group = createGroupCommit({ commit, maxInFlight: 1 })
  await group.idle()
  const added = group.add(1)
  let idle = false
  const waited = group.idle().then(() => {
    idle = true
  })
  await turn()
  t.notOk(idle)
  commits[0]?.finish()
  await Promise.all([added, waited])
  t.ok(idle)
})

t.test('every item is committed exactly once, in order, whatever the limits', async () => {
  const limits = fc.record({
    maxItems: fc.integer({ min: 1, max: 9 }),
    maxBytes: fc.integer({ min: 1, max: 50 }),
    maxInFlight: fc.integer({ min: 1, max: 4 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(40), { maxLength: 60 }), limits, async (items, options) => {
      const committed: number[] = []
      const group = createGroupCommit<number, number>({
        ...options,
        size: item => item,
        commit: async batch => {
          committed.push(...batch)
          return batch
        },
      })
      const results = await Promise.all(items.map(item => group.add(item)))
      return JSON.stringify(results) === JSON.stringify(items) && JSON.stringify(committed) === JSON.stringify(items)
    }),
    { numRuns: 50 },
  )
})
