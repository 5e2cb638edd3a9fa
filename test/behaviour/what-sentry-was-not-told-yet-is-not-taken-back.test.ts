import t from 'tap'
import { ISSUE, MINUTE } from '../support/one-issue.ts'
import { issueOf, openIncident } from '../support/open-incident.ts'
import { until } from '../support/until.ts'
import type { World } from '../support/world.ts'

/** Sentry answers what it is asked, and takes no change of the issue. */
const failing = [`issues/${ISSUE}/`]

/** Several rounds with Sentry. */
async function polled(world: World): Promise<void> {
  for (let i = 0; i < 4; i++) await world.wind(MINUTE)
  await world.service().settled()
}

t.test('while Sentry cannot be told that it is open again, its list does not close it here', async t => {
  const { world, id, act } = await openIncident(t)
  await act('resolve')
  await until(() => issueOf(world)?.status === 'resolved')
  await polled(world)
  world.sentry.world.failing = failing
  await act('reopen', { reason: 'still failing' })
  await act('assign', { to: { type: 'team', id: '77', name: 'web' } })
  await polled(world)
  t.match(await world.incident(id), { status: 'triggered', owner: { id: '77' } })
  t.equal((await world.timeline(id)).filter(({ what }) => what === 'resolved').length, 1)

  world.sentry.world.failing = []
  await until(async () => {
    await world.wind(MINUTE)
    return issueOf(world)?.status === 'unresolved' && issueOf(world)?.assignedTo?.id === '77'
  })
  await polled(world)
  t.match(await world.incident(id), { status: 'triggered', owner: { id: '77' } }, 'both sides agree')
  const issue = issueOf(world)
  if (issue !== undefined) issue.status = 'resolved'
  await until(async () => {
    await world.wind(MINUTE)
    return (await world.incident(id)).status === 'resolved'
  })
})

t.test('what Sentry refused to be told for good is not taken back by its list either', async t => {
  const { world, id, act } = await openIncident(t)
  await act('resolve')
  await until(() => issueOf(world)?.status === 'resolved')
  await polled(world)
  world.sentry.fail({ kind: 'status', status: 403 })
  await act('reopen')
  await until(async () =>
    (await world.notifications(id)).some(({ write, status }) => write !== null && status === 'dead'),
  )
  world.sentry.heal()
  await polled(world)
  t.match(await world.incident(id), { status: 'triggered' })
})
