import t from 'tap'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test(
  'rules that run beside the published ones record what they would have done otherwise, and send nothing',
  async t => {
    const world = await startWorld()
    t.teardown(() => world.stop())
    t.equal((await world.api('GET', '/rules/shadow')).status, 404)
    const { document } = (await world.api('GET', '/rules')).body
    for (const rule of document.severityRules) if (rule.severity === 'P1') rule.severity = 'P2'
    const ends = () => new Date(world.clock.now() + 60 * MINUTE).toISOString()
    const over = await world.api('PUT', '/rules/shadow', { against: { document }, until: '2026-01-01T00:00:00Z' })
    t.equal(over.status, 422)
    const begun = await world.api('PUT', '/rules/shadow', { against: { document }, until: ends() })
    t.equal(begun.status, 200, JSON.stringify(begun.body))
    t.equal(begun.body.running, true)

    numbers(world, 320)
    const came = await world.tell('event_alert', alertNow(world))
    t.equal(came.severity, 'P1', 'the published rules decide')
    await until(async () => (await world.api('GET', '/rules/shadow')).body.counts.signals === 1)
    await world.service().settled()
    const { body } = await world.api('GET', '/rules/shadow')
    t.match(body.counts, { signals: 1, different: 1, severity: 1, failed: 0 })
    t.match(body.differences[0], { before: { severity: 'P1' }, after: { severity: 'P2' } })
    t.ok(body.differences[0].what.includes('targets'))
    const told = (await world.notifications(came.incident ?? '')).filter(({ kind }) => kind === 'open')
    t.ok(
      told.every(({ severity }) => severity === 'P1'),
      'nothing of it was sent',
    )
    t.equal((await world.incidents()).length, 1)

    await world.wind(61 * MINUTE)
    const ended = await world.api('GET', '/rules/shadow')
    t.equal(ended.body.running, false, 'it ends by itself')
    await world.tell('event_alert', alertNow(world))
    await world.service().catchUp()
    t.equal((await world.api('GET', '/rules/shadow')).body.counts.signals, 1, 'and judges no more')

    const again = await world.api('PUT', '/rules/shadow', { against: 'current', until: ends() })
    t.equal(again.body.counts.signals, 0, 'another begins with nothing')
    t.equal((await world.api('DELETE', '/rules/shadow')).status, 204)
    t.equal((await world.api('GET', '/rules/shadow')).status, 404)
  },
)
