import t from 'tap'
import { createStage } from '../../judge/model/create-stage.ts'
import { HOUR, MINUTE } from '../../judge/model/happening.ts'
import { changesOf, countUntil, viewIssue } from '../../judge/model/issue-view.ts'
import { crashFreeIn, unhandledIn, unhandledSeries } from '../../judge/model/readings.ts'
import { liveAll } from '../../judge/model/webhooks.ts'
import { createRandom } from '../../judge/random.ts'

const asItIs = (at: number) => at

t.test('an issue shows the users and events of the last hour and five minutes, where they were', async t => {
  const { stage, script } = createStage('test', 100, createRandom('test'))
  const issue = stage.issue(stage.project('shop'))
  stage.once(issue, 1, { user: 'a' })
  stage.once(issue, 58, { user: 'a' })
  stage.once(issue, 59, { user: 'b' })
  stage.once(issue, 59, { user: 'c', environment: 'staging' })
  const [lived] = liveAll(script)
  if (lived === undefined) return
  const view = (minute: number) => viewIssue(issue, lived.failures, lived.life, minute * MINUTE, asItIs)
  t.equal(view(0.5), null, 'it does not exist yet')
  t.match(view(60), { users: 2, events: 3, recentUsers: 2, recentEvents: 2, environment: 'production' })
  t.match(view(60)?.elsewhere, { staging: { users: 1, events: 1 } })
  t.match(view(62), { users: 2, events: 2, recentEvents: 2 }, 'the oldest has left')
  t.match(view(200), { users: 0, events: 0, lastSeen: 59 * MINUTE })
})

t.test('what happened earlier than it came counts when it happened', async t => {
  const { stage, script } = createStage('test', 100, createRandom('test'))
  const issue = stage.issue(stage.project('shop'))
  stage.once(issue, 100, { happenedAgo: 90 })
  const [lived] = liveAll(script)
  const view = lived && viewIssue(issue, lived.failures, lived.life, 101 * MINUTE, asItIs)
  t.match(view, { users: 0, events: 0, firstSeen: 10 * MINUTE, lastSeen: 10 * MINUTE })
})

t.test('the view changes only at the moments that are named', async t => {
  const { stage, script } = createStage('test', 100, createRandom('view'))
  const issue = stage.issue(stage.project('shop'))
  stage.hurts(issue, 20, [1, 90])
  stage.resolves(issue, 95)
  const [lived] = liveAll(script)
  if (lived === undefined) return
  const changes = changesOf(lived.failures, lived.life).map(at => ({ at }))
  const view = (at: number) => JSON.stringify(viewIssue(issue, lived.failures, lived.life, at, asItIs))
  for (let at = 0; at < 3 * HOUR; at += 7_000) {
    const same = countUntil(changes, at) === countUntil(changes, at + 7_000)
    if (same && view(at) !== view(at + 7_000)) t.fail(`it changed unnoticed after ${at}`)
  }
})

t.test('rates come from what ran: an old hour leaves, a new one enters', async t => {
  const { stage } = createStage('test', 100, createRandom('test'))
  const app = stage.project('app')
  stage.sessions(app, [-60, 30], { perMinute: 10, crashing: 0 })
  stage.sessions(app, [30, 200], { perMinute: 10, crashing: 0.1 })
  t.equal(crashFreeIn(app, 0), 100)
  t.equal(crashFreeIn(app, 60 * MINUTE), 95)
  t.equal(crashFreeIn(app, 150 * MINUTE), 90)
  t.equal(crashFreeIn(app, 400 * MINUTE), null, 'nobody is there')
})

t.test('unhandled errors are counted per minute, in production only', async t => {
  const { stage } = createStage('test', 100, createRandom('test'))
  const app = stage.project('app')
  const issue = stage.issue(app)
  stage.fails(issue, 6, [1, 2])
  stage.fails(issue, 5, [1, 2], { handled: true })
  stage.fails(issue, 4, [1, 2], { environment: 'staging' })
  stage.fails(issue, 3, [2, 3], { environment: null })
  t.same(unhandledSeries(app, 3 * MINUTE, 4), [0, 6, 3, 0])
  t.equal(unhandledIn(app, 2 * MINUTE), 6)
})
