import t from 'tap'
import { blockProblem } from '../../src/sandbox/slack-block-rules.ts'
import { layoutMessage, layoutReply, layoutTest } from '../../src/slack/message-layout.ts'
import { sampleIncident, sampleProjectIncident } from '../contracts/sample-message.ts'

const incidentUrl = 'https://tocsin.example/incidents/1'
const lay = (incident = sampleIncident(), mention = '', kind: 'open' | 'edit' | 'fallback' = 'open', buttons = true) =>
  layoutMessage({
    incident,
    notification: { kind, reason: 'pagerduty-oncall could not be told', destination: 'slack-incidents' },
    mention,
    incidentUrl,
    buttons,
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
    notification: { kind: 'open', reason: '', destination: 'slack-incidents' },
    mention: '',
    incidentUrl: null,
    buttons: false,
  })
  t.equal(blockProblem(message.blocks), null)
  t.equal(message.text, '🟠 [P1] untitled')
  t.equal(blockProblem(layoutTest('slack-incidents').blocks), null)
})

t.test('what can be pressed fits how it stands, and nothing can when it is over or nobody would hear', async t => {
  const actions = (change: Parameters<typeof sampleIncident>[0] = {}) =>
    JSON.stringify(lay(sampleIncident(change)).blocks.find(block => block.type === 'actions') ?? null)
  for (const verb of ['acknowledge', 'resolve', 'silence', 'assign', 'escalate', 'noise', 'more'])
    t.ok(actions().includes(`"tocsin:${verb}"`), verb)
  t.match(actions(), /tocsin\|inc_0123456789abcdef0123\|slack-incidents\|3/)
  t.match(actions({ status: 'acknowledged' }), /tocsin:unacknowledge/)
  const silenced = { until: 9_000, by: 'anna', reason: 'known', since: 1 }
  t.match(actions({ silenced }), /tocsin:unsilence/)
  const pinned = { severity: 'P2' as const, by: 'anna', reason: 'one customer', at: 1, users: null }
  t.match(actions({ pinned }), /release-severity/)
  t.notMatch(actions({ kind: 'project' }), /archive/, 'a project is no issue that could be archived')
  t.equal(actions({ status: 'resolved' }), 'null')
  t.notMatch(words(lay(sampleIncident(), '', 'open', false)), /"actions"/)
})

t.test('what people decided is said', async t => {
  const incident = sampleIncident({
    status: 'acknowledged',
    acknowledgedAt: 1_000,
    acknowledgedBy: { via: 'slack', at: 'slack-incidents', id: 'U1', name: 'anna' },
    silenced: { until: 9_000, by: 'bert', reason: 'known', since: 1 },
    pinned: { severity: 'P2', by: 'carl', reason: 'one customer', at: 1, users: null },
    workaround: { text: 'pay by invoice', by: 'dora', at: 1 },
    noise: { label: 'poor-detail', note: 'no stack', by: 'emil', at: 1 },
    archived: 3,
  })
  const all = words(lay(incident))
  for (const part of [
    'acknowledged <!date^1^{date_short_pretty} {time}|1970-01-01 00:00 UTC> by anna',
    'Silenced by bert: known (until <!date^9^',
    'P2 set by carl: one customer',
    'Workaround (dora): pay by invoice',
    'Noise (emil): poor-detail, no stack',
    'archived 3 times',
  ])
    t.ok(all.includes(part), part)
  t.match(
    words(lay({ ...incident, noise: { label: 'false-positive', note: null, by: 'emil', at: 1 } })),
    /false-positive/,
  )
})

t.test('with everything said at its longest, and every button, Slack still takes it', async t => {
  const long = '&'.repeat(3_000)
  const who = { by: long, reason: long, at: 1, since: 1, until: 9_000, users: null }
  const suspect = { incident: 'i', issue: '9', title: long, link: null, events: 9, users: 9, coreFlow: long }
  const { verdict } = sampleIncident()
  const evidence = { field: 'f', says: long, value: null, source: null, at: null }
  const incident = sampleIncident({
    ...{ title: long, project: long, environment: long, release: long, culprit: long, transaction: long },
    frame: { file: long, function: long, line: 1 },
    owner: { type: 'user', id: null, name: long },
    verdict: {
      ...verdict,
      reason: long,
      evidence: Array.from({ length: 9 }, () => evidence),
      degraded: true,
      gaps: [long],
    },
    suspects: Array.from({ length: 20 }, () => suspect),
    muted: who,
    quiet: { ...who, speaker: long },
    silenced: who,
    pinned: { ...who, severity: 'P1' },
    workaround: { ...who, text: long },
    noise: { ...who, label: 'not-actionable', note: long },
    acknowledgedAt: 1_000,
    acknowledgedBy: { via: 'slack', at: null, id: null, name: long },
  })
  const message = lay(incident, '<!here>', 'fallback')
  t.same(blockProblem(message.blocks), null)
})

t.test('a line of the thread is escaped, and calls only whom it is meant to', async t => {
  t.same(layoutReply({ reason: 'noted by anna: <!channel> & go' }, ''), {
    text: 'noted by anna: &lt;!channel&gt; &amp; go',
  })
  t.equal(layoutReply({ reason: ' ' }, '<@U1>').text, '<@U1> something changed')
})
