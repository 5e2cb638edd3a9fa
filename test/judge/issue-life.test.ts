import t from 'tap'
import { createStage } from '../../judge/model/create-stage.ts'
import { type Failure, type Issue, MINUTE, type Project } from '../../judge/model/happening.ts'
import { liveIssue, stateAt } from '../../judge/model/issue-life.ts'
import type { Stage } from '../../judge/model/stage.ts'
import { createRandom } from '../../judge/random.ts'

/** An issue of a project, with what happens to it. */
function laidDown(play: (stage: Stage, issue: Issue, project: Project) => void, feed = false) {
  const { stage } = createStage('test', 100, createRandom('test'))
  const project = stage.project('shop', { feed })
  const issue = stage.issue(project)
  play(stage, issue, project)
  const failures: Failure[] = [...issue.failures].sort((a, b) => a.at - b.at)
  const life = liveIssue(issue, failures)
  const told = life.told.map(one => `${one.at / MINUTE} ${one.what === 'issue' ? one.action : one.what}`)
  return { issue, failures, life, told }
}

t.test('Sentry tells of a new issue once, and nothing when it spreads', async t => {
  const { told } = laidDown((s, issue) => {
    for (let minute = 1; minute < 100; minute += 1) s.once(issue, minute)
  })
  t.same(told, ['1 created', '1 alert'])
})

t.test('with a feed, every event is told', async t => {
  const { told } = laidDown((s, issue) => {
    s.once(issue, 1)
    s.once(issue, 2)
  }, true)
  t.same(told, ['1 created', '1 alert', '1 error', '2 error'])
})

t.test('an event after a resolve is a regression', async t => {
  const { told, life } = laidDown((s, issue) => {
    s.once(issue, 1)
    s.resolves(issue, 5)
    s.once(issue, 50)
  })
  t.same(told, ['1 created', '1 alert', '5 resolved', '50 unresolved', '50 alert'])
  t.match(stateAt(life, 6 * MINUTE), { status: 'resolved' })
  t.match(stateAt(life, 51 * MINUTE), { status: 'unresolved', substatus: 'regressed' })
})

t.test('an event of a release from before the fix is none', async t => {
  for (const inRelease of ['next', '2.0']) {
    const { told } = laidDown((s, issue, project) => {
      s.releases(project, -10, '1.0')
      s.releases(project, 20, '2.0')
      s.once(issue, 1)
      s.resolves(issue, 5, inRelease)
      s.once(issue, 30, { release: '1.0' })
      s.once(issue, 60)
    })
    t.same(told, ['1 created', '1 alert', '5 resolved', '60 unresolved', '60 alert'], inRelease)
  }
})

t.test('what is archived stays quiet until it escalates', async t => {
  const { told, life } = laidDown((s, issue) => {
    s.once(issue, 1)
    s.archives(issue, 5)
    s.once(issue, 40)
    s.escalates(issue, 50)
    s.once(issue, 51)
  })
  t.same(told, ['1 created', '1 alert', '5 archived', '50 unresolved', '51 alert'])
  t.match(stateAt(life, 45 * MINUTE), { status: 'ignored' })
  t.match(stateAt(life, 52 * MINUTE), { status: 'unresolved', substatus: 'escalating' })
})

t.test('an issue that was there before is never created', async t => {
  const { stage } = createStage('test', 100, createRandom('test'))
  const issue = stage.issue(stage.project('shop'), { usual: { users: 10, days: 30 } })
  stage.once(issue, -5)
  stage.once(issue, 5)
  const life = liveIssue(issue, issue.failures)
  t.same(life.told, [])
  t.equal(life.firstSeen, -30 * 24 * 60 * MINUTE)
})
