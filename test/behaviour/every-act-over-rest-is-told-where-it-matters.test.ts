import t from 'tap'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

interface Reflected {
  where: string
  what: string
  status: string
}

t.test('each act says who did it, is told in Slack and written to Sentry, and counts once', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 320)
  const opened = await world.tell('event_alert', alertNow(world))
  const id = opened.incident ?? ''
  await until(() => world.slack.messages('incidents').length === 1)
  const web = { type: 'team', id: '77', name: 'web' }
  const until30 = new Date(world.clock.now() + 30 * MINUTE).toISOString()
  const acts: [name: string, body: object, what: string, writes: string[]][] = [
    ['note', { text: 'the provider confirms it' }, 'noted', ['comment']],
    ['assign', { to: web }, 'assigned', ['assign']],
    ['workaround', { text: 'pay by card' }, 'workaround', ['comment']],
    ['severity', { severity: 'P3', reason: 'the old app only' }, 'pinned', ['comment']],
    ['severity', { severity: 'P1', reason: 'after all all of them' }, 'pinned', ['comment']],
    ['release-severity', {}, 'unpinned', []],
    ['noise', { label: 'poor-detail', note: 'no stack trace' }, 'noise', ['comment']],
    ['backlog', { owner: { type: 'user', id: '9', name: 'Bo' } }, 'backlog', ['assign', 'comment']],
    ['silence', { until: until30, reason: 'being repaired' }, 'silenced', ['comment']],
    ['unsilence', {}, 'unsilenced', []],
    ['acknowledge', {}, 'acknowledged', ['comment']],
    ['unacknowledge', {}, 'unacknowledged', []],
    ['archive', { reason: 'a crawler' }, 'muted', ['archive', 'comment']],
    ['resolve', { reason: 'rolled back' }, 'resolved', ['resolve', 'comment']],
    ['reopen', { reason: 'not over' }, 'reopened', ['unresolve']],
  ]
  for (const [index, [name, body, what, writes]] of acts.entries()) {
    world.clock.wind(2_000)
    const headers = { 'idempotency-key': `key-${index}`, 'x-actor': 'Ada' }
    const once = await world.api('POST', `/incidents/${id}/${name}`, body, headers)
    t.match(once, { status: 200, body: { changed: true } }, `${name}: ${once.body.reason}`)
    const again = await world.api('POST', `/incidents/${id}/${name}`, body, headers)
    t.same(again.body, once.body, `${name} counts once`)
    const told: Reflected[] = once.body.reflected
    const sentry = told.filter(one => one.what === 'write')
    t.same(
      sentry.map(({ where }) => where),
      writes.map(() => 'sentry-default'),
      `${name} is written to Sentry`,
    )
    t.ok(
      told.some(one => one.where === 'slack-incidents'),
      `${name} is told in Slack`,
    )
    t.notOk(
      told.some(({ status }) => status === 'failed'),
      `${name}: ${JSON.stringify(told)}`,
    )
    const lines = (await world.timeline(id)).filter(entry => entry.what === what && entry.by === 'Ada')
    const times = acts.slice(0, index + 1).filter(one => one[2] === what).length
    t.equal(lines.length, times, `${name}: one line in the timeline, with who said it`)
  }
  const written = (await world.notifications(id)).filter(({ kind }) => kind === 'write').map(({ write }) => write?.kind)
  t.same(
    written,
    acts.flatMap(([, , , writes]) => writes),
  )
})

t.test('reopened, its page, its post and its issue are open again, and who resolved it is named', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 320)
  const opened = await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } }))
  const id = opened.incident ?? ''
  await until(() => world.pagerduty.openAlerts().length === 1)
  const act = (name: string, body?: object) => world.api('POST', `/incidents/${id}/${name}`, body, { 'x-actor': 'Ada' })
  const issue = () => world.sentry.world.issues['7400000001']
  await act('escalate')
  await until(() => world.slack.messages('incidents').length === 1)
  const post = () => JSON.stringify(world.slack.messages('incidents')[0]?.blocks)
  await act('resolve', { reason: 'rolled back' })
  await until(() => world.pagerduty.openAlerts().length === 0 && /resolved/i.test(post()))
  await until(() => issue()?.status === 'resolved')

  world.clock.wind(5_000)
  t.match((await act('reopen', { reason: 'it is not' })).body, { changed: true, action: 'reopen' })
  await until(() => world.pagerduty.openAlerts().length === 1)
  await until(() => issue()?.status === 'unresolved')
  await until(() => post().includes('*triggered*'))
  await until(() => world.slack.replies.some(({ text }) => /it is not; it had been resolved by Ada/.test(text)))
  t.equal(world.slack.messages('incidents').length, 1, 'the post is edited, not repeated')
  t.match((await act('reopen')).body, { changed: false, reason: 'it is open' })
  await act('resolve')
  await until(() => world.pagerduty.openAlerts().length === 0)
  world.clock.wind(11 * MINUTE)
  await act('reopen')
  t.match(await world.incident(id), { generation: 2, status: 'triggered', escalations: [{ policy: 'p0', step: 0 }] })
  await until(() => world.pagerduty.openAlerts().length === 1)
})
