import t from 'tap'
import { startInSlack } from '../support/in-slack.ts'
import { alertNow, lifecycle, MINUTE } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import type { World } from '../support/world.ts'

async function know(world: World, people: object[]): Promise<void> {
  const { body, headers } = await world.api('GET', '/rules')
  const etag = headers.get('etag') ?? ''
  const put = await world.api('PUT', '/rules', { ...body.document, people }, { 'if-match': etag })
  if (put.status !== 200) throw new Error(JSON.stringify(put.body))
}

t.test('back after ten minutes, whoever resolved it in Slack is called', async t => {
  const { world, anna, incident, openWindow } = await startInSlack()
  t.teardown(world.stop)
  await anna.submit(await openWindow('tocsin:resolve'), { when: 'now', reason: 'rolled back' })
  await until(async () => (await world.incident(incident)).status === 'resolved')
  await world.wind(11 * MINUTE)
  await world.tell('issue', lifecycle(world, 'unresolved', { substatus: 'regressed' }))
  const called = () =>
    [...world.slack.replies, ...world.slack.messages('incidents')].filter(post =>
      /<@U0ANNA>/.test(JSON.stringify(post)),
    )
  await until(async () => {
    await world.wind(1_500)
    return called().length > 0
  })
  t.equal(called().length, 1)
})

t.test('back within ten minutes, who resolved it in Sentry is called by the name they have in Slack', async t => {
  const { world, incident } = await startInSlack()
  t.teardown(world.stop)
  await know(world, [{ name: 'Grace', slack: 'U0GRACE', sentry: '7' }])
  const actor = { type: 'user', id: 7, name: 'grace@example.com' }
  await world.tell('issue', { ...lifecycle(world, 'resolved', { status: 'resolved' }), actor })
  await until(async () => (await world.incident(incident)).status === 'resolved')
  await world.wind(2 * MINUTE)
  await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } }))
  const called = () => world.slack.replies.filter(({ text }) => /<@U0GRACE>/.test(text))
  await until(async () => {
    await world.wind(1_500)
    return called().length > 0
  })
  t.equal(called().length, 1)
})
