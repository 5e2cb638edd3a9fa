import t from 'tap'
import { windAndSettle } from '../support/escalating.ts'
import { startInSlack } from '../support/in-slack.ts'
import { MINUTE } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import type { World } from '../support/world.ts'

const offering = (world: World, verb: string) =>
  world.slack.posts.filter(({ blocks }) => JSON.stringify(blocks).includes(`"tocsin:${verb}`)).length

/** Posts wait for their channel's next slot. */
const untilSaid = (world: World, condition: () => boolean) =>
  until(async () => {
    await world.wind(1_500)
    return condition()
  })

t.test('acknowledged under one post: every older post about it shows that somebody answers', async t => {
  const { world, anna, post } = await startInSlack()
  t.teardown(world.stop)
  await world.wind(16 * MINUTE)
  await untilSaid(world, () => world.slack.messages('incidents').length === 2)
  t.equal(offering(world, 'acknowledge'), 2)
  await anna.press(post(), 'tocsin:acknowledge')
  await untilSaid(world, () => offering(world, 'acknowledge') === 0)
  t.equal(offering(world, 'unacknowledge'), 2)
})

t.test('repeated for hours and resolved at last: nothing is left to press under any post', async t => {
  const { world, incident } = await startInSlack()
  t.teardown(world.stop)
  for (let n = 0; n < 8; n += 1) await windAndSettle(world, incident, 16 * MINUTE)
  t.ok(world.slack.messages('incidents').length > 2)
  t.ok((await world.incident(incident)).generation > 1, 'paged anew meanwhile')
  await world.api('POST', `/incidents/${incident}/resolve`, {})
  await untilSaid(world, () => offering(world, '') === 0)
  t.ok(world.slack.posts.every(({ blocks }) => /✅ Resolved/.test(JSON.stringify(blocks))))
})
