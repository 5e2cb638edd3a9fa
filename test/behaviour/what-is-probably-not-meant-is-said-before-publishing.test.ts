import t from 'tap'
import { until } from '../support/until.ts'
import { SECRETS, startWorld } from '../support/world.ts'

t.test('a channel that does not exist is warned about once its test failed, until it is mended', async t => {
  const world = await startWorld({ channels: ['#incidents', '#alerts-production', '#war-room'] })
  t.teardown(world.stop)
  const codes = async (): Promise<string[]> => {
    const { warnings } = (await world.api('GET', '/rules/warnings')).body
    return warnings.map(({ code, path }: { code: string; path: string }) => `${code} ${path}`)
  }
  const tryOut = async (id: string): Promise<void> => {
    const { body } = await world.api('POST', `/destinations/${id}/test`)
    await until(async () =>
      ['sent', 'dead'].includes((await world.api('GET', `/notifications/${body.id}`)).body.status),
    )
  }
  const room = { id: 'slack-room', name: 'War room', kind: 'slack', channel: '#no-such-room', url: world.slack.url }
  const made = await world.api('POST', '/destinations', { ...room, secret: { botToken: SECRETS.bot } })
  t.equal(made.status, 201, JSON.stringify(made.body))
  t.ok((await codes()).includes('destination-unused /destinations/slack-room'))

  const p2 = await world.api('GET', '/policies/p2')
  const steps = [{ after: 'PT0S', targets: [{ destination: 'slack-room' }] }]
  const headers = { 'if-match': p2.headers.get('etag') ?? '' }
  const refused = await world.api('PATCH', '/policies/p2?refuseWarnings=new', { steps }, headers)
  t.match(refused, { status: 422, body: { errors: [{ message: /slack-room.*never tried/ }] } })
  t.equal((await world.api('PATCH', '/policies/p2', { steps }, headers)).status, 200)

  await tryOut('slack-room')
  await tryOut('slack-incidents')
  const found = await codes()
  t.ok(found.includes('destination-test-failed /destinations/slack-room'), found.join())
  t.notOk(
    found.some(one => one.endsWith('/slack-incidents')),
    found.join(),
  )

  const now = await world.api('GET', '/destinations/slack-room')
  const mended = { ...now.body, channel: '#war-room' }
  await world.api('PUT', '/destinations/slack-room', mended, { 'if-match': now.headers.get('etag') ?? '' })
  await world.wind(1_000)
  await tryOut('slack-room')
  t.notOk((await codes()).some(one => one.endsWith('/slack-room')))
})
