import fc from 'fast-check'
import t from 'tap'
import { createStormStore, type MaySpeak } from '../../src/mute/storm-store.ts'
import { MINUTE, SECOND, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const server = await startTestRedis()
t.teardown(() => server.stop())
const stores = [createStormStore(server.client()), createStormStore(server.client())] as const
const [store] = stores
const RULE = { incidents: 3, withinMs: MINUTE }

let made = 0
const freshScope = () => `project:shop-${made++}`
const everyoneSpeaks = async (_id: string): Promise<MaySpeak> => 'yes'

function join(scope: string, incident: string, at = START, maySpeak = everyoneSpeaks, lane = 'P2||alerts', which = 0) {
  return (stores[which] ?? store).join('default', scope, { incident, lane, at }, RULE, maySpeak)
}

t.test('the third within a minute is spoken for, and so is every later one while it goes on', async t => {
  const scope = freshScope()
  for (const id of ['A', 'B']) t.match(await join(scope, id), { spokenFor: false })
  t.match(await join(scope, 'C'), { spokenFor: true, speaker: 'A', hush: ['B'], members: ['B', 'C'] })
  t.match(await join(scope, 'D', START + MINUTE), { spokenFor: true, speaker: 'A', hush: [] })
  t.match(await join(scope, 'E', START + 2 * MINUTE + 1), { spokenFor: false })
  t.match(await join(scope, 'C', START + 9 * MINUTE), { spokenFor: true, speaker: 'A' }, 'asking again')
})

t.test('when the speaker leaves, the others are named once, and the first to ask leads them', async t => {
  const scope = freshScope()
  for (const id of ['A', 'B', 'C', 'D']) await join(scope, id)
  t.same((await store.leave('default', [scope], 'A')).toSorted(), ['B', 'C', 'D'])
  t.same(await store.leave('default', [scope], 'A'), [])
  t.match(await join(scope, 'C', START + MINUTE), { spokenFor: false, leads: ['B', 'D'] })
  t.match(await join(scope, 'B', START + MINUTE), { spokenFor: true, speaker: 'C' })
  t.same(await store.leave('default', [scope], 'B'), [], 'one that only was silent frees nobody')
  t.same(await store.leave('default', [scope], 'C'), ['D'])
})

t.test('who may not speak counts for nothing; one that is not written down counts for a while', async t => {
  const scope = freshScope()
  for (const id of ['A', 'B']) await join(scope, id)
  const onlyB = async (id: string): Promise<MaySpeak> => (id === 'A' ? 'no' : 'yes')
  t.match(await join(scope, 'C', START, onlyB), { spokenFor: false })
  t.match(await join(scope, 'D', START, onlyB), { spokenFor: true, speaker: 'B', hush: ['C'] })
  const unwritten = async (): Promise<MaySpeak> => 'unknown'
  const other = freshScope()
  for (const id of ['A', 'B']) await join(other, id)
  t.match(await join(other, 'C', START + 31 * SECOND, unwritten), { spokenFor: false }, 'it was never opened')
  const third = freshScope()
  for (const id of ['A', 'B']) await join(third, id)
  t.match(await join(third, 'C', START + 29 * SECOND, unwritten), { spokenFor: true, speaker: 'A' })
})

t.test('lanes, scopes and sources are apart', async t => {
  const scope = freshScope()
  for (const id of ['A', 'B']) await join(scope, id)
  t.match(await join(scope, 'C', START, everyoneSpeaks, 'P1||incidents'), { spokenFor: false })
  t.match(await join(freshScope(), 'C'), { spokenFor: false })
  const newcomer = { incident: 'C', lane: 'P2||alerts', at: START }
  t.match(await store.join('other', scope, newcomer, RULE, everyoneSpeaks), { spokenFor: false })
})

t.test('thirty that ask at once through two processes, in any order: one speaks for all the others', async () => {
  const all = Array.from({ length: 30 }, (_, i) => `inc-${i}`)
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(all, { minLength: 30 }), async asked => {
      const scope = freshScope()
      const answers = await Promise.all(asked.map((id, i) => join(scope, id, START, everyoneSpeaks, 'l', i % 2)))
      const spoken = answers.filter(one => one.spokenFor)
      const speakers = new Set(spoken.map(one => one.speaker))
      const hushed = spoken.flatMap(one => one.hush)
      // Two came before it was a storm: the first speaks, the second falls silent.
      return speakers.size === 1 && spoken.length === 28 && hushed.length === 1
    }),
    { numRuns: 8 },
  )
})
