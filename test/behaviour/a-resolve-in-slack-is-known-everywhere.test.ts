import t from 'tap'
import { startInSlack } from '../support/in-slack.ts'
import { until } from '../support/until.ts'

t.test('resolve pressed in Slack asks how, resolves PagerDuty, and owes the word to Sentry', async t => {
  const { world, anna, incident, post, openWindow } = await startInSlack()
  t.teardown(world.stop)
  const window = await openWindow('tocsin:resolve')
  t.equal(window.view.title.text, 'Resolve')
  const unnamed = await anna.submit(window, { when: 'release' })
  t.match(unnamed, { status: 200, body: { response_action: 'errors', errors: { release: /Name the release/ } } })
  t.equal((await world.incident(incident)).status, 'triggered')

  t.same(await anna.submit(window, { when: 'next', reason: 'fixed in main' }), { status: 200, body: null })
  await until(async () => (await world.incident(incident)).status === 'resolved')
  t.match(await world.incident(incident), { resolvedBy: /anna/, resolvedInRelease: 'next' })
  await until(() => world.pagerduty.openAlerts().length === 0)
  await until(() => /Resolved/.test(JSON.stringify(post().blocks)))
  t.notMatch(JSON.stringify(post().blocks), /tocsin:/, 'nothing is left to press')
  t.match(
    (await world.notifications(incident)).filter(one => one.kind === 'write'),
    [{ write: { kind: 'resolve', release: 'next' } }],
  )
})
