import t from 'tap'
import { startInSlack } from '../support/in-slack.ts'
import { MINUTE } from '../support/one-issue.ts'
import { until } from '../support/until.ts'

t.test('silence asks for a reason, and holds until its end', async t => {
  const { world, anna, incident, post, openWindow } = await startInSlack()
  t.teardown(world.stop)
  const window = await openWindow('tocsin:silence')
  t.match(await anna.submit(window, { for: '30' }), { body: { errors: { reason: /Say why/ } } })
  const past = String(Math.floor(world.clock.now() / 1000) - 60)
  t.match(await anna.submit(window, { until: past, reason: 'x' }), { body: { errors: { until: /passed/ } } })
  t.equal((await world.incident(incident)).silenced, null)

  const before = world.clock.now()
  t.same(await anna.submit(window, { for: '30', reason: 'the vendor is on it' }), { status: 200, body: null })
  await until(async () => (await world.incident(incident)).silenced !== null)
  const { silenced } = await world.incident(incident)
  t.match(silenced, { by: /anna/, reason: 'the vendor is on it' })
  t.ok(Math.abs(Date.parse(String(silenced?.until)) - before - 30 * MINUTE) < MINUTE)
  await until(() => JSON.stringify(post().blocks).includes('tocsin:unsilence'))
  t.match(JSON.stringify(post().blocks), /Silenced by anna.*: the vendor is on it/)

  await anna.press(post(), 'tocsin:unsilence')
  await until(async () => (await world.incident(incident)).silenced === null)
})

t.test('severity, noise, workaround, note and owner are set through their windows', async t => {
  const { world, anna, incident, openWindow } = await startInSlack()
  t.teardown(world.stop)
  const decide = async (actionId: string, option: string | undefined, values: Record<string, string>) =>
    t.same(await anna.submit(await openWindow(actionId, option), values), { status: 200, body: null })

  await decide('tocsin:assign', undefined, { to: 'U0BERT' })
  await until(async () => (await world.incident(incident)).owner?.name === 'Person U0BERT')
  await decide('tocsin:noise', undefined, { label: 'poor-detail', note: 'no stack' })
  await until(async () => (await world.incident(incident)).noise?.label === 'poor-detail')
  await decide('tocsin:more', 'severity', { severity: 'P1', reason: 'one customer only' })
  await until(async () => (await world.incident(incident)).pinned?.severity === 'P1')
  await decide('tocsin:more', 'note', { text: 'rolled back' })
  await until(async () => (await world.timeline(incident)).some(one => one.what === 'noted'))
  await decide('tocsin:more', 'workaround', { text: 'pay by invoice' })
  await until(async () => (await world.incident(incident)).workaround?.text === 'pay by invoice')
})
