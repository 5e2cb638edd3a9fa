import t from 'tap'
import { MINUTE } from '../support/one-issue.ts'
import { issueOf, openIncident, updatesOf } from '../support/open-incident.ts'
import { until } from '../support/until.ts'

t.test('a write that came too late for its incident is dropped, not told against it', async t => {
  const { world, id, act } = await openIncident(t)
  world.sentry.fail({ kind: 'status', status: 503 })
  t.match(await act('resolve'), { changed: true })
  t.match(await act('reopen'), { changed: true })
  world.sentry.heal()
  const writes = async () => (await world.notifications(id)).filter(({ kind }) => kind === 'write')
  await until(async () => {
    await world.wind(MINUTE)
    return (await writes()).every(({ status }) => status === 'sent' || status === 'dropped')
  })
  t.match(await writes(), [{ write: { kind: 'resolve' }, status: 'dropped', reason: /reopened/ }, { status: 'sent' }])
  t.notOk(updatesOf(world).some(({ body }) => body.status === 'resolved'))
  t.not(issueOf(world)?.status, 'resolved')
})
