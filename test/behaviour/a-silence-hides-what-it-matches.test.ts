import t from 'tap'
import { alertNow, ISSUE, lifecycle, MINUTE, numbers } from '../support/one-issue.ts'
import { said, silence } from '../support/silencing.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('what opens under a silence is recorded, says by whom and why, and tells nobody', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const { id: silenceId, state } = await silence(world, { annotations: { ticket: 'OPS-118' } })
  t.equal(state, 'active')
  numbers(world, 320)
  const { incident, severity } = await world.tell('event_alert', alertNow(world))
  const id = incident ?? ''
  t.equal(severity, 'P1', 'judged as ever')
  await world.service().settled()
  t.match(await world.incident(id), {
    status: 'triggered',
    silenced: { by: 'Ada (admin)', reason: 'the provider repairs it', through: { kind: 'silence', id: silenceId } },
  })
  t.match(await said(world, id, 'silenced'), [/not told: silence sil_\w+ of Ada \(admin\) .* the provider repairs it/])
  t.same(await world.notifications(id), [])
  t.equal(world.slack.posts.length, 0)

  const shown = await world.api('GET', `/silences/${silenceId}`)
  t.match(shown.body, { hid: 1, hidden: [{ incident: id, severity: 'P1', project: 'web-shop' }] })
  t.match(shown.body, { annotations: { ticket: 'OPS-118' }, author: 'Ada (admin)' })
  const metrics = await (await fetch(`${world.url()}/metrics`)).text()
  t.match(metrics, /tocsin_muted_total\{by="silence"\} 1/)

  await world.tell('issue', lifecycle(world, 'resolved'))
  await world.wind(3 * 60 * MINUTE)
  t.equal(world.slack.posts.length, 0, 'nobody was told that it was, so nobody is told that it is over')
})

t.test('what does not match is told as ever, and what is not known does not match', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await silence(world, { matchers: { field: 'project', op: '=', value: 'api' } })
  await silence(world, { matchers: { field: 'core-flow', op: '=', value: 'payments' } })
  numbers(world, 320)
  await world.tell('event_alert', alertNow(world))
  await until(() => world.slack.messages('incidents').length === 1)
})

t.test('data loss is silenced only by what says so', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const { id } = await silence(world)
  numbers(world, 9)
  const { incident } = await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } }))
  await until(() => world.pagerduty.openAlerts().length === 1)
  t.equal((await world.incident(incident ?? '')).silenced, null)

  const before = await world.api('GET', `/silences/${id}`)
  const etag = before.headers.get('etag') ?? ''
  const change = { coversDataLoss: true, confirm: true }
  t.match(await world.api('PATCH', `/silences/${id}`, change, { 'if-match': etag }), { status: 200 })
  t.match(await world.incident(incident ?? ''), { silenced: { through: { id } } }, 'in force when it is answered')
  await until(() => world.pagerduty.alerts.every(({ status }) => status === 'acknowledged'))
})

t.test('a raise is asked anew: a silence of mild things hides no severe one', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  await silence(world, { matchers: { field: 'severity', op: 'in', value: ['P2', 'P3'] } })
  numbers(world, 9)
  const { incident, severity } = await world.tell('event_alert', alertNow(world))
  t.equal(severity, 'P2')
  t.ok((await world.incident(incident ?? '')).silenced)
  world.clock.wind(2 * MINUTE)
  numbers(world, 320)
  await world.tell('event_alert', alertNow(world))
  await until(() => world.slack.messages('incidents').length === 1)
  t.match(await world.incident(incident ?? ''), { severity: 'P1', silenced: null, issue: ISSUE })
})
