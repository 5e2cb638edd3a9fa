import fc from 'fast-check'
import t from 'tap'
import { createVoiceStore } from '../../src/mute/voice-store.ts'
import type { Speaks, Voice } from '../../src/mute/who-speaks.ts'
import { SECOND, START } from '../support/make.ts'
import { startTestRedis } from '../support/redis.ts'

const GRACE = 30 * SECOND

const server = await startTestRedis()
t.teardown(() => server.stop())
const stores = [createVoiceStore(server.client()), createVoiceStore(server.client())] as const
const [store] = stores

let made = 0
const freshProject = () => `shop-${made++}`
const everyoneLives = async () => true
const plain: Voice = { as: 'issue', flow: null, dataLoss: false }
const onFlow = (flow: string): Voice => ({ as: 'issue', flow, dataLoss: false })
const losesData: Voice = { as: 'issue', flow: null, dataLoss: true }
const asProject = (...covers: string[]): Voice => ({ as: 'project', covers })

function claim(project: string, incident: string, voice: Voice, now = START, isOpen = everyoneLives, which = 0) {
  return (stores[which] ?? store).claim('default', project, incident, voice, now, isOpen)
}

t.test(
  'the project incident that asks first speaks; the issues behind it wait, and are woken when it ends',
  async t => {
    const shop = freshProject()
    t.equal((await claim(shop, 'P', asProject('checkout'))).speaks, true)
    t.match(await claim(shop, 'A', plain), { speaks: false, speaker: 'P' })
    t.match(await claim(shop, 'B', onFlow('checkout')), { speaks: false, speaker: 'P' })
    t.equal((await claim(shop, 'C', losesData)).speaks, true)
    t.same((await store.release('default', shop, 'P')).toSorted(), ['A', 'B'])
    t.same(await store.release('default', shop, 'P'), [])
    t.equal((await claim(shop, 'A', plain)).speaks, true)
  },
)

t.test('an issue that paged first speaks for the project incident and for the other issues', async t => {
  const shop = freshProject()
  t.equal((await claim(shop, 'A', plain)).speaks, true)
  t.match(await claim(shop, 'P', asProject()), { speaks: false, speaker: 'A' })
  t.match(await claim(shop, 'B', plain), { speaks: false, speaker: 'A' })
  t.same((await store.release('default', shop, 'A')).toSorted(), ['B', 'P'])
  t.equal((await claim(shop, 'P', asProject())).speaks, true)
})

t.test('of several issues that paged, each counts until it has ended itself', async t => {
  const shop = freshProject()
  for (const id of ['A', 'B']) t.equal((await claim(shop, id, plain)).speaks, true)
  await store.release('default', shop, 'B')
  t.match(await claim(shop, 'P', asProject()), { speaks: false, speaker: 'A' })
})

t.test('asking again gives the same answer, and who waits waits once', async t => {
  const shop = freshProject()
  for (let i = 0; i < 3; i++) t.equal((await claim(shop, 'P', asProject())).speaks, true)
  for (let i = 0; i < 3; i++) t.equal((await claim(shop, 'A', plain)).speaks, false)
  t.same(await store.release('default', shop, 'P'), ['A'])
})

t.test('one that ends while it waits is not woken', async t => {
  const shop = freshProject()
  await claim(shop, 'P', asProject())
  await claim(shop, 'A', plain)
  t.same(await store.release('default', shop, 'A'), [])
  t.same(await store.release('default', shop, 'P'), [])
})

t.test('projects and sources do not speak for each other', async t => {
  const [shop, cart] = [freshProject(), freshProject()]
  await claim(shop, 'P', asProject())
  t.equal((await claim(cart, 'A', plain)).speaks, true)
  t.equal((await store.claim('other', shop, 'A', plain, START, everyoneLives)).speaks, true)
})

t.test('a holder that never opened is taken over after its grace, one that is open never', async t => {
  const dead = async () => false
  const shop = freshProject()
  await claim(shop, 'P', asProject('checkout'))
  t.match(await claim(shop, 'A', onFlow('checkout'), START + GRACE - 1, dead), { speaks: false, speaker: 'P' })
  t.match(await claim(shop, 'A', onFlow('checkout'), START + GRACE, everyoneLives), { speaks: false, speaker: 'P' })
  t.equal((await claim(shop, 'A', onFlow('checkout'), START + GRACE, dead)).speaks, true)
  t.match(await claim(shop, 'P', asProject(), START + GRACE, everyoneLives), { speaks: false, speaker: 'A' })
})

t.test('a project incident and its thirty issues that ask at once: one set of pages by the rules', async () => {
  const issues = [
    ...Array.from({ length: 20 }, (_, i) => ({ id: `plain-${i}`, voice: plain })),
    ...Array.from({ length: 4 }, (_, i) => ({ id: `covered-${i}`, voice: onFlow('checkout') })),
    ...Array.from({ length: 4 }, (_, i) => ({ id: `flow-${i}`, voice: onFlow('login') })),
    ...Array.from({ length: 2 }, (_, i) => ({ id: `loss-${i}`, voice: losesData })),
  ]
  const all = [{ id: 'project', voice: asProject('checkout') }, ...issues]
  const order = fc.shuffledSubarray(all, { minLength: all.length })
  await fc.assert(
    fc.asyncProperty(order, async asked => {
      const shop = freshProject()
      const answers = new Map<string, Speaks>(
        await Promise.all(
          asked.map(async ({ id, voice }, i): Promise<[string, Speaks]> => {
            return [id, await claim(shop, id, voice, START, everyoneLives, i % 2)]
          }),
        ),
      )
      const aloud = [...answers].filter(([, answer]) => answer.speaks).map(([id]) => id)
      const speaking = (kind: string) => aloud.filter(id => id.startsWith(kind)).length
      const quietOnesHaveASpeaker = [...answers.values()].every(one => one.speaks || aloud.includes(one.speaker))
      if (!quietOnesHaveASpeaker || speaking('loss') !== 2) return false
      // Either the project speaks, and beside it one issue of the flow that its page does not name …
      if (answers.get('project')?.speaks) return speaking('plain') + speaking('covered') === 0 && speaking('flow') === 1
      // … or an issue was first, and speaks for it.
      return speaking('plain') + speaking('covered') + speaking('flow') >= 1
    }),
    { numRuns: 15 },
  )
})
