import t from 'tap'
import { emptyWorld } from '../../src/sandbox/sentry-world.ts'
import { answerWrite } from '../../src/sandbox/sentry-writes.ts'

const NOW = Date.UTC(2026, 10, 21, 12)

function start() {
  const world = emptyWorld()
  world.issues['1'] = { users: 1, events: 1, project: 'shop', lastSeen: NOW }
  const put = (body: object, path = 'issues/1/') => answerWrite(world, 'PUT', path, body, NOW)
  const comment = (text: string, at = NOW) => answerWrite(world, 'POST', 'issues/1/comments/', { text }, at)
  return { world, put, comment }
}

t.test('a change shows in the next answer, and says which webhook tells of it', async t => {
  const { world, put } = start()
  t.match(put({ status: 'resolved', statusDetails: { inNextRelease: true } }), {
    status: 200,
    body: { status: 'resolved', statusDetails: { inNextRelease: true } },
    taken: { actions: ['resolved'] },
  })
  t.match(put({ status: 'resolved' }), { taken: { actions: [] } })
  t.match(put({ status: 'ignored', substatus: 'archived_until_condition_met', ignoreCount: 5, ignoreWindow: 60 }), {
    body: { status: 'ignored', statusDetails: { ignoreCount: 5, ignoreWindow: 60 } },
  })
  t.match(put({ assignedTo: 'team:7' }), { taken: { actions: ['assigned'] }, body: { assignedTo: { id: '7' } } })
  t.match(put({ assignedTo: '' }), { body: { assignedTo: null } })
  t.equal(world.issues['1']?.status, 'ignored')
})

t.test('what Sentry refuses is refused: the bulk form, unknown issues, releases, words and windows', async t => {
  const { world, put } = start()
  t.match(put({ status: 'resolved' }, 'issues/'), { refused: 400 })
  t.match(put({ status: 'resolved' }, 'issues/2/'), { refused: 404 })
  t.match(put({ status: 'fixed' }), { refused: 400, body: { status: [String] } })
  t.match(put({ nonsense: 1 }), { refused: 400 })
  t.match(put({ status: 'ignored', ignoreCount: 5, ignoreWindow: 10_081 }), { refused: 400 })
  t.match(answerWrite(world, 'DELETE', 'issues/1/', {}, NOW), { refused: 405 })
  world.projects.shop = { sessions: [], releases: ['v1'], unhandled: [] }
  t.match(put({ status: 'resolved', statusDetails: { inRelease: 'v2' } }), { refused: 400 })
  t.match(put({ status: 'resolved', statusDetails: { inRelease: 'v1' } }), { status: 200 })
})

t.test('the same comment within an hour is refused', async t => {
  const { comment } = start()
  t.match(comment('a'), { status: 201 })
  t.match(comment('b'), { status: 201 })
  t.match(comment('a'), { refused: 400, body: { detail: /already posted/ } })
  t.match(comment('a', NOW + 3_600_000), { status: 201 })
  t.match(comment(''), { refused: 400 })
})
