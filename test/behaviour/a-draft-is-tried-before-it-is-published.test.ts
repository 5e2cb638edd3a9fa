import t from 'tap'
import { alertNow, MINUTE, numbers } from '../support/one-issue.ts'
import { startWorld } from '../support/world.ts'

t.test('simulate, replay and shadow hold signals against a draft as it is', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 320)
  const came = await world.tell('event_alert', alertNow(world))
  t.equal(came.severity, 'P1')
  await world.service().catchUp()
  const made = await world.api('POST', '/rules/drafts', { name: 'milder' })
  const at = `/rules/drafts/${made.body.id}`
  const { document } = (await world.api('GET', '/rules')).body
  const severityRules = document.severityRules.map((rule: { severity: string }) => ({
    ...rule,
    severity: rule.severity === 'P1' ? 'P2' : rule.severity,
  }))
  const put = await world.api(
    'PUT',
    at,
    { document: { ...document, severityRules } },
    { 'if-match': made.headers.get('etag') ?? '' },
  )
  t.ok(put.status < 300, JSON.stringify(put.body))
  const against = { draft: made.body.id }

  const said = await world.api('POST', '/rules/simulate', { against, signal: came.id, impact: 'recorded' })
  t.match(said.body, { against: 'draft milder', verdict: { severity: 'P2' } })
  const replayed = await world.api('POST', '/rules/replay', { against, days: 1 }, { accept: 'application/json' })
  t.match(replayed.body, { against: 'draft milder', severities: { moves: [{ from: 'P1', to: 'P2', count: 1 }] } })
  const until = new Date(world.clock.now() + 60 * MINUTE).toISOString()
  t.match((await world.api('PUT', '/rules/shadow', { against, until })).body, { name: 'draft milder', running: true })
  t.equal((await world.incident(came.incident ?? '')).severity, 'P1')
})
