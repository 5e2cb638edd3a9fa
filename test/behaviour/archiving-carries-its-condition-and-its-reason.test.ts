import t from 'tap'
import { lifecycle, MINUTE } from '../support/one-issue.ts'
import { issueOf, openIncident, updatesOf } from '../support/open-incident.ts'

t.test('archiving needs a reason, carries its condition, and is counted whoever does it', async t => {
  const { world, id, act } = await openIncident(t)
  const condition = { kind: 'users', count: 50, windowMinutes: 60 }
  t.match(await world.api('POST', `/incidents/${id}/archive`, { until: condition }), { status: 422 })
  t.equal(world.sentry.writes.length, 0)
  t.match(await act('archive', { reason: 'known, fixed next week', until: condition }), { changed: true })
  t.match(updatesOf(world), [
    {
      body: { status: 'ignored', substatus: 'archived_until_condition_met', ignoreUserCount: 50, ignoreUserWindow: 60 },
    },
  ])
  t.match(issueOf(world)?.comments, [{ text: /known, fixed next week/ }])
  t.match(await world.incident(id), { muted: { reason: /known/ }, archived: 1 })

  world.clock.wind(MINUTE)
  await world.tell('issue', lifecycle(world, 'unresolved', { substatus: 'escalating' }))
  world.clock.wind(MINUTE)
  await world.tell('issue', lifecycle(world, 'archived', { status: 'ignored' }))
  t.match(await world.incident(id), { muted: { reason: /please add one \(archived 2 times by now\)/ }, archived: 2 })
})
