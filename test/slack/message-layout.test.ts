import t from 'tap'
import { blockProblem } from '../../src/sandbox/slack-block-rules.ts'
import { layoutMessage, layoutTest } from '../../src/slack/message-layout.ts'
import { sampleIncident, sampleProjectIncident } from '../contracts/sample-message.ts'

const incidentUrl = 'https://tocsin.example/incidents/1'
const lay = (incident = sampleIncident(), mention = '', kind: 'open' | 'edit' | 'fallback' = 'open') =>
  layoutMessage({
    incident,
    notification: { kind, reason: 'pagerduty-oncall could not be told' },
    mention,
    incidentUrl,
  })
const words = (message: ReturnType<typeof lay>) => JSON.stringify(message.blocks)

t.test('a post says what, where, whom it hurts, why it is this severe, and where to look', async t => {
  const message = lay(sampleIncident(), '<@U123456>')
  t.equal(message.text, "🟠 <@U123456> [P1] web: TypeError: Cannot read properties of undefined (reading 'total')")
  t.match(message.blocks[0], { type: 'header', text: { text: /^🟠 P1 major: TypeError/ } })
  const all = words(message)
  for (const part of [
    '<@U123456>',
    '*<https://acme.sentry.io/issues/4711/|TypeError: Cannot read',
    '`src/cart.ts:42 in sumUp`',
    '*Users*\\n320 users in the last hour (Sentry)',
    '*Rate*\\n15 events a minute',
    '*Environment*\\nproduction',
    '*Release*\\nv2.4.1',
    '*Core flow*\\ncheckout',
    '*Owner*\\nteam cart',
    '*Culprit*\\nPOST /cart',
    '*Why P1:* A new issue affects 320 users',
    '• 320 users in the last hour (Sentry)',
    '<https://acme.sentry.io/issues/4711/|Issue in Sentry>',
    '<https://acme.sentry.io/replays/r1/|Session replay>',
    '<https://tocsin.example/incidents/1|Incident inc_0123456789abcdef0123>',
    '*triggered* · opened <!date^',
    '3 signals',
  ])
    t.ok(all.includes(part), part)
  t.equal(blockProblem(message.blocks), null)
})

t.test('a project incident lists its suspects, largest first, as many as there is room for', async t => {
  const all = words(lay(sampleProjectIncident()))
  t.match(
    all,
    /Suspects\*, largest first \(2\):.*PaymentProcessingError> \(200 events, 80 users, core flow payments\).*RangeError \(12 events\)/,
  )
  const one = {
    incident: 'i',
    issue: '9',
    title: 'x'.repeat(300),
    link: null,
    events: null,
    users: null,
    coreFlow: null,
  }
  const many = lay(sampleProjectIncident({ suspects: Array.from({ length: 50 }, () => one) }))
  t.match(words(many), /… and \d+ more/)
  t.equal(blockProblem(many.blocks), null)
})

t.test('what is missing, muted, spoken for or told instead is said', async t => {
  const { verdict } = sampleIncident()
  const incident = sampleIncident({
    verdict: { ...verdict, degraded: true, gaps: ['users: Sentry did not answer in time'] },
    muted: { by: 'anna', reason: 'known', since: 1 },
    quiet: { speaker: 'inc_p', reason: 'bad release', since: 1 },
    feedback: 2,
  })
  const all = words(lay(incident, '', 'fallback'))
  for (const part of [
    'Numbers missing: users: Sentry did not',
    'Muted by anna: known',
    'Incident inc_p speaks for it: bad release',
    'Told here instead: pagerduty-oncall',
    '2 user reports',
  ])
    t.ok(all.includes(part), part)
})

t.test('a severity that the newest numbers no longer carry says so', async t => {
  const { verdict } = sampleIncident()
  t.match(
    words(lay(sampleIncident({ verdict: { ...verdict, severity: 'P2' } }))),
    /now measured as P2; it is not lowered while open/,
  )
})

t.test('a resolved post keeps its facts, is struck and says who and when', async t => {
  const incident = sampleIncident({
    status: 'resolved',
    acknowledgedAt: 1_000,
    resolvedAt: 2_000,
    resolvedBy: 'anna',
    resolvedInRelease: 'v3',
  })
  const message = lay(incident, '', 'edit')
  t.match(message.blocks[0], { text: { text: /^✅ Resolved: P1 major/ } })
  const all = words(message)
  for (const part of [
    '~<https://acme.sentry.io',
    '320 users',
    'acknowledged <!date^1^',
    'resolved <!date^2^',
    'by anna in release v3',
  ])
    t.ok(all.includes(part), part)
  t.match(words(lay({ ...incident, resolvedBy: null, resolvedInRelease: 'next' })), /in the next release/)
})

t.test('almost nothing known: still a valid post without empty texts', async t => {
  const { verdict } = sampleIncident()
  const bare = sampleIncident({
    title: '',
    project: null,
    environment: null,
    release: null,
    culprit: null,
    transaction: null,
    errorClass: null,
    frame: null,
    owner: null,
    level: null,
    coreFlow: null,
    impact: {},
    links: { sentry: null, event: null, replay: null },
    verdict: { ...verdict, reason: '', evidence: [{ field: 'f', says: ' ', value: null, source: null, at: null }] },
  })
  const message = layoutMessage({
    incident: bare,
    notification: { kind: 'open', reason: '' },
    mention: '',
    incidentUrl: null,
  })
  t.equal(blockProblem(message.blocks), null)
  t.equal(message.text, '🟠 [P1] untitled')
  t.equal(blockProblem(layoutTest('slack-incidents').blocks), null)
})
