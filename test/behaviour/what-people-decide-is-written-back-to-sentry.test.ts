import t from 'tap'
import { ISSUE } from '../support/one-issue.ts'
import { issueOf, openIncident, updatesOf } from '../support/open-incident.ts'
import { until } from '../support/until.ts'

t.test('resolved in the next release, Sentry is told so once, with the reason and the way to the incident', async t => {
  const { world, id, act } = await openIncident(t)
  const answer = await act('resolve', { release: 'next', reason: 'fixed by a3f9c1' })
  t.match(
    answer.reflected.filter(({ where }: { where: string }) => where === 'sentry-default'),
    [
      { what: 'write', status: 'told' },
      { what: 'write', status: 'told' },
    ],
  )
  t.match(await act('resolve', { release: 'next' }), { changed: false })
  t.match(updatesOf(world), [{ issue: ISSUE, body: { status: 'resolved', statusDetails: { inNextRelease: true } } }])
  t.equal(updatesOf(world).length, 1)
  t.match(issueOf(world)?.comments, [{ text: new RegExp(`fixed by a3f9c1[^]*/incidents/${id}`) }])
  const entries = await world.timeline(id)
  t.ok(entries.some(({ what, reason }) => what === 'notified' && /resolved in Sentry in the next release/.test(reason)))
  t.equal((await world.incident(id)).status, 'resolved')
})

t.test('reopened, assigned and noted here is unresolved, assigned and commented there', async t => {
  const { world, id, act } = await openIncident(t)
  await act('assign', { to: { type: 'team', id: '77', name: 'web' } })
  await act('note', { text: 'the provider confirms it' })
  await act('resolve')
  await act('reopen', { reason: 'still failing' })
  await until(() => issueOf(world)?.status === 'unresolved')
  t.match(
    updatesOf(world).map(({ body }) => body),
    [{ assignedTo: 'team:77' }, { status: 'resolved' }, { status: 'unresolved' }],
  )
  t.match(issueOf(world)?.assignedTo, { type: 'team', id: '77' })
  t.match(issueOf(world)?.comments?.[0]?.text, new RegExp(`the provider confirms it[^]*/incidents/${id}`))
})
