import t from 'tap'
import { HOUR_MS, type WindowEvent } from '../../src/measure/window-event.ts'
import { createWindowsStore } from '../../src/measure/windows-store.ts'
import { startTestRedis } from '../support/redis.ts'

const NOON = Date.UTC(2026, 10, 21, 12)
/** Users of an issue, and how many issues of that size; bench/unique-users.ts goes to a million. */
const CROWDS = [
  [1, 2],
  [300, 2],
  [1_000, 4],
  [1_300, 12],
  [4_000, 5],
  [20_000, 1],
] as const
const READ_AFTER_MS = [0, 637_000, 1_815_000, 2_700_000]
const BATCH = 2_048

const server = await startTestRedis()
t.teardown(() => server.stop())
const windows = createWindowsStore(server.client())

/** mulberry32: seeded, so that every run is the same. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

function eventOf(issue: string, user: number, at: number): WindowEvent {
  const name = `${issue}-${user}`
  return {
    ...{ source: 'default', project: 'users', issue, event: name, user: name, at, receivedAt: at },
    ...{ unhandled: false, environment: null, production: true, coreFlow: null, feed: true },
  }
}

/** How far the count is from the truth, while the hour slides out of the window. */
async function errorsOf(
  issue: string,
  users: number,
  random: () => number,
): Promise<{ users: number; error: number }[]> {
  const seen = Array.from({ length: users }, () => Math.ceil(NOON - random() * HOUR_MS)).sort((a, b) => a - b)
  for (let from = 0; from < users; from += BATCH) {
    const batch = seen.slice(from, from + BATCH)
    const events = batch.map((at, index) => eventOf(issue, from + index, at))
    await windows.observe(events, batch.at(-1) ?? NOON)
  }
  const errors: { users: number; error: number }[] = []
  for (const after of READ_AFTER_MS) {
    const now = NOON + after
    const inside = seen.filter(at => at > now - HOUR_MS).length
    if (inside === 0) continue
    const counted = await windows.read({ source: 'default', project: 'users', issue, environment: null, now })
    errors.push({ users: inside, error: Math.abs(counted.users - inside) / inside })
  }
  return errors
}

t.test('users are exact to 1,000; above, the error is at most 1 % root-mean-square and 2.5 % in 99 of 100', async t => {
  const random = seeded(20261121)
  const all: { users: number; error: number }[] = []
  for (const [users, issues] of CROWDS)
    for (let n = 0; n < issues; n++) all.push(...(await errorsOf(`${users}x${n}`, users, random)))
  const exact = all.filter(({ users }) => users <= 1_000)
  t.ok(exact.length > 20)
  t.same(
    exact.filter(({ error }) => error !== 0),
    [],
  )
  const above = all.filter(({ users }) => users > 1_000).map(({ error }) => error)
  t.ok(above.length > 20)
  const rmse = Math.sqrt(above.reduce((sum, error) => sum + error * error, 0) / above.length)
  const p99 = above.toSorted((a, b) => a - b)[Math.ceil(above.length * 0.99) - 1] ?? 1
  t.ok(rmse <= 0.01, `root-mean-square ${(rmse * 100).toFixed(2)} %`)
  t.ok(p99 <= 0.025, `99th percentile ${(p99 * 100).toFixed(2)} %`)
})
