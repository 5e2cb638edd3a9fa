import t from 'tap'
import type { Notification } from '../../src/deliver/notification.ts'
import { oweNotifications } from '../../src/deliver/owe-notifications.ts'
import type { OweContext } from '../../src/deliver/wanted.ts'
import type { Action } from '../../src/incidents/change.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { makeEscalation, makeIncident, makeNotification, SECOND, START } from '../support/make.ts'

const PAGE = 'pagerduty-oncall'
const POST = 'slack-incidents'
const ALERTS = 'slack-alerts-production'
const BACKLOG = 'backlog'
const KINDS: Record<string, ReturnType<OweContext['kindOf']>> = {
  [PAGE]: 'pagerduty',
  [POST]: 'slack',
  [ALERTS]: 'slack',
  [BACKLOG]: 'backlog',
}

function context(earlier: readonly Notification[] = []): OweContext {
  return {
    earlier,
    kindOf: id => KINDS[id] ?? null,
    pages: kind => kind === 'pagerduty',
    causedAt: START - SECOND,
    now: START,
  }
}
const incident = (destinations: string[], change: Partial<Incident> = {}) =>
  makeIncident({ escalations: [makeEscalation(...destinations)], ...change })

function owe(next: Incident, action: Action, earlier: readonly Notification[] = [], material = true) {
  return oweNotifications(next, { action, material, reason: 'because' }, context(earlier))
}
/** `kind destination`, in the order in which they are owed. */
const said = (owed: readonly Notification[]) => owed.map(one => `${one.kind} ${one.destination}`)

let seq = 0
const told = (destination: string, change: Partial<Notification> = {}): Notification => {
  seq += 1
  return makeNotification({ destination, seq, status: 'sent', settledAt: START, ...change })
}
const quiet = { speaker: 'inc_1', reason: 'it spoke first', since: START }
const muted = { by: 'Ada', reason: 'archived', since: START }

t.test('an opening is told to every target of the first step, once each', async t => {
  const two = makeIncident({ escalations: [makeEscalation(PAGE, POST), makeEscalation(POST, BACKLOG)] })
  const owed = owe(two, 'open')
  t.same(said(owed), [`open ${PAGE}`, `open ${POST}`, `open ${BACKLOG}`])
  t.same(
    owed.map(one => one.seq),
    [1, 2, 3],
  )
  for (const one of owed)
    t.match(one, {
      incident: two.id,
      generation: 1,
      severity: 'P2',
      status: 'owed',
      reason: 'because',
      owedAt: START,
      causedAt: START - SECOND,
      attempts: 0,
      step: 0,
    })
})

t.test('only the first step is told at once, with the mention its target asks for', async t => {
  const escalation = makeEscalation(POST)
  escalation.steps[0]?.targets.splice(0, 1, { destination: POST, mention: 'team-lead' })
  escalation.steps.push({ after: 'PT15M', within: 'always' as const, targets: [{ destination: PAGE, mention: null }] })
  const owed = owe(makeIncident({ escalations: [escalation] }), 'open')
  t.same(said(owed), [`open ${POST}`])
  t.equal(owed[0]?.mention, 'team-lead')
})

t.test('the same change owes the same notifications, so that repeating it is harmless', async t => {
  const next = incident([PAGE, POST])
  t.same(owe(next, 'open'), owe(next, 'open'))
  const later = owe({ ...next, rev: 2 }, 'raise')
  t.equal(new Set([...owe(next, 'open'), ...later].map(one => one.id)).size, 4)
})

t.test('a raise is a new message, and edits of the older posts that leave before it', async t => {
  const earlier = [told(ALERTS), told(BACKLOG)]
  const owed = owe(incident([PAGE, ALERTS], { severity: 'P0' }), 'raise', earlier)
  t.same(said(owed), [`edit ${ALERTS}`, `edit ${BACKLOG}`, `raise ${PAGE}`, `raise ${ALERTS}`])
  const seqs = owed.map(one => one.seq)
  t.same(
    seqs,
    seqs.toSorted((a, b) => a - b),
  )
  t.ok(
    seqs.every(one => one > seq),
    'after everything that was said before',
  )
  t.equal(owed[0]?.mention, null, 'an edit calls nobody')
})

t.test('a page is never edited', async t => {
  t.same(said(owe(incident([PAGE]), 'attach', [told(PAGE), told(POST)])), [`edit ${POST}`])
})

t.test('only what changes what people were told edits it', async t => {
  const next = incident([POST])
  t.same(owe(next, 'attach', [told(POST)], false), [])
  t.same(said(owe(next, 'attach', [told(POST)], true)), [`edit ${POST}`])
  t.same(said(owe(next, 'assign', [told(POST)], true)), [`edit ${POST}`])
  t.same(owe(next, 'attach', [], true), [], 'who was not told is not told of changes')
})

t.test('an edit that still waits is not doubled; one that was sent is no hindrance', async t => {
  const next = incident([POST])
  const edit = (status: Notification['status']) => told(POST, { kind: 'edit', status })
  t.same(owe(next, 'attach', [told(POST), edit('owed')]), [])
  t.same(said(owe(next, 'attach', [told(POST), edit('sent')])), [`edit ${POST}`])
  t.same(said(owe(next, 'attach', [told(POST), edit('sending')])), [`edit ${POST}`], 'it may be saying the old already')
})

t.test('back within the flap window the page is triggered again and the post is edited', async t => {
  const earlier = [told(PAGE), told(POST), told(PAGE, { kind: 'resolve' }), told(POST, { kind: 'resolve' })]
  t.same(said(owe(incident([PAGE, POST]), 'reopen', earlier)), [`edit ${POST}`, `open ${PAGE}`])
})

t.test('back within the flap window, a post that never left is owed anew', async t => {
  for (const status of ['owed', 'dropped', 'dead'] as const) {
    const earlier = [told(POST, { status, settledAt: null }), told(POST, { kind: 'resolve', status: 'owed' })]
    const owed = said(owe(incident([POST]), 'reopen', earlier))
    t.ok(owed.includes(`open ${POST}`), status)
  }
})

t.test('a new generation is told like a new incident', async t => {
  const earlier = [told(PAGE), told(POST), told(PAGE, { kind: 'resolve' }), told(POST, { kind: 'resolve' })]
  t.same(said(owe(incident([PAGE, POST], { generation: 2, openedAt: START + 1 }), 'reopen', earlier)), [
    `open ${PAGE}`,
    `open ${POST}`,
  ])
})

t.test('what faded tells posts alone where its policy leaves pages to a person', async t => {
  const earlier = [told(PAGE), told(POST)]
  const faded = (faded: Incident['faded']) => incident([PAGE, POST], { status: 'resolved', faded })
  t.same(said(owe(faded('posts'), 'resolve', earlier)), [`resolve ${POST}`])
  t.same(said(owe(faded('everything'), 'resolve', earlier)), [`resolve ${PAGE}`, `resolve ${POST}`])
})

t.test('a page that was left open is closed before a new life opens another', async t => {
  const earlier = [told(PAGE), told(PAGE, { kind: 'raise' }), told(POST), told(POST, { kind: 'resolve' })]
  const owed = owe(incident([PAGE, POST], { generation: 2, openedAt: START + 1 }), 'reopen', earlier)
  t.same(said(owed), [`resolve ${PAGE}`, `open ${PAGE}`, `open ${POST}`])
  t.same(
    owed.map(one => one.generation),
    [1, 2, 2],
  )
  t.ok((owed[0]?.seq ?? 0) < (owed[1]?.seq ?? 0), 'in this order')
})

t.test('what is muted owes no news: older posts say that it is muted', async t => {
  for (const action of ['open', 'raise', 'reopen', 'speak'] as const)
    t.same(said(owe(incident([PAGE, POST], { muted }), action, [told(ALERTS)])), [`edit ${ALERTS}`], action)
  t.same(said(owe(incident([PAGE], { muted }), 'resolve', [told(PAGE)])), [`resolve ${PAGE}`], 'its end is told')
})

t.test(
  'raised after an answer while it is muted, the page that was answered is closed: nothing else would',
  async t => {
    const raised = incident([PAGE], { muted, generation: 2 })
    t.match(owe(raised, 'raise', [told(PAGE)]), [{ kind: 'resolve', destination: PAGE, generation: 1 }])
  },
)

t.test('while another speaks for it pages are held back, posts are not', async t => {
  t.same(said(owe(incident([PAGE, POST], { quiet }), 'open')), [`open ${POST}`])
  const raised = owe(incident([PAGE, POST], { quiet, severity: 'P0' }), 'raise', [told(ALERTS)])
  t.same(said(raised), [`edit ${ALERTS}`, `raise ${POST}`])
})

t.test('when it may speak, the page that was held back is owed, the post is not repeated', async t => {
  t.same(said(owe(incident([PAGE, POST]), 'speak', [told(POST)])), [`edit ${POST}`, `open ${PAGE}`])
})

t.test('no longer muted, what rose meanwhile is told where it was not told as severe', async t => {
  const next = incident([PAGE, POST], { severity: 'P0' })
  t.same(said(owe(next, 'speak', [told(ALERTS)])), [`edit ${ALERTS}`, `open ${PAGE}`, `open ${POST}`])
  t.ok(said(owe(next, 'speak', [told(POST, { severity: 'P1' })])).includes(`open ${POST}`))
  t.notOk(said(owe(next, 'speak', [told(POST, { severity: 'P0' })])).includes(`open ${POST}`))
})

t.test('a resolve goes to everyone who was told in this generation and to nobody else', async t => {
  const earlier = [
    told(PAGE, { generation: 1 }),
    told(POST, { generation: 2 }),
    told(POST, { generation: 2, kind: 'raise' }),
    told(ALERTS, { generation: 2, status: 'dead' }),
    told(BACKLOG, { generation: 2, kind: 'fallback', status: 'owed' }),
  ]
  const owed = owe(incident([PAGE, ALERTS], { generation: 2, openedAt: START + 1 }), 'resolve', earlier)
  t.same(said(owed), [`resolve ${POST}`, `resolve ${BACKLOG}`])
  t.same(owe(incident([PAGE]), 'resolve', [told(POST, { kind: 'edit' })]), [])
})

t.test('a resolve also goes where a failed message may have arrived', async t => {
  const reference = { provider: 'pagerduty', dedupKey: 'k', routingKeyId: 'f' } as const
  for (const change of [{ ambiguous: true }, { reference }] as Partial<Notification>[])
    for (const status of ['dead', 'dropped'] as const)
      t.same(said(owe(incident([PAGE]), 'resolve', [told(PAGE, { status, ...change })])), [`resolve ${PAGE}`])
  t.same(said(owe(incident([POST]), 'attach', [told(POST, { status: 'dead', ambiguous: true })])), [], 'edits do not')
})

t.test('a destination that no longer exists is owed all the same: that failure must be seen', async t => {
  t.same(said(owe(incident(['gone']), 'open')), ['open gone'])
})

t.test('what changes nothing for people owes nothing', async t => {
  for (const action of ['none', 'clear-cause', 'feedback', 'attach'] as const)
    t.same(owe(incident([PAGE, POST]), action, [told(PAGE), told(POST)], false), [], action)
})

t.test(
  'one of a storm is noted in the backlog and told to nobody; an ordinary speaker holds back pages alone',
  async t => {
    const all = [PAGE, POST, BACKLOG]
    t.same(said(owe(incident(all, { quiet: { ...quiet, holds: 'everything' } }), 'open')), [`open ${BACKLOG}`])
    t.same(said(owe(incident(all, { quiet }), 'open')), [`open ${POST}`, `open ${BACKLOG}`])
    const posted = told(POST)
    const hushed = incident([POST], { quiet: { ...quiet, holds: 'everything' } })
    t.same(said(owe(hushed, 'attach', [posted])), [`edit ${POST}`], 'what was posted before says who speaks now')
  },
)

t.test('one of a storm that may speak again is posted, unless it had been', async t => {
  t.same(said(owe(incident([POST]), 'speak')), [`open ${POST}`])
  t.same(said(owe(incident([POST]), 'speak', [told(POST)])), [`edit ${POST}`])
  t.same(said(owe(incident([POST]), 'speak', [told(POST, { status: 'dropped' })])), [`open ${POST}`])
})

t.test(
  'paged again within one life: the old page is closed first, and the posts of before are kept up to date',
  async t => {
    const next = incident([PAGE, POST], { generation: 2 })
    const earlier = [told(PAGE), told(POST)]
    const decision = {
      action: 'step' as const,
      material: true,
      reason: 'because',
      tell: [{ to: 'target' as const, destination: PAGE, mention: null, step: 0, reason: 'begun again' }],
    }
    const owed = oweNotifications(next, decision, context(earlier))
    const all = (some: readonly Notification[]) => some.map(one => `${one.kind} ${one.destination} ${one.generation}`)
    t.same(all(owed), [`resolve ${PAGE} 1`, `edit ${POST} 1`, `step ${PAGE} 2`])
    const sent = owed.map((one): Notification => ({ ...one, status: 'sent', settledAt: START }))
    t.same(all(owe(next, 'resolve', [...earlier, ...sent])), [`resolve ${POST} 1`, `resolve ${PAGE} 2`])
  },
)

t.test('resolved, reopened under the same alert, then begun again: the alert that came back is closed', async t => {
  const earlier = [told(PAGE), told(PAGE, { kind: 'resolve' }), told(PAGE)]
  const owed = owe(incident([PAGE], { generation: 2 }), 'reopen', earlier)
  t.same(said(owed), [`resolve ${PAGE}`, `open ${PAGE}`])
  t.same(
    owed.map(one => one.generation),
    [1, 2],
  )
})

t.test('pages that left lately are brought up to date, a while later, whatever else comes meanwhile', async t => {
  const say = { to: 'pages' as const, say: 'update' as const, reason: 'it speaks for more' }
  const grown = (earlier: readonly Notification[], next = incident([PAGE, POST])) =>
    oweNotifications(next, { action: 'attach', material: false, reason: 'because', tell: [say] }, context(earlier))
  const left = { attempts: 1 }
  const owed = grown([told(PAGE, left), told(POST, left)])
  t.same(said(owed), [`update ${PAGE}`])
  t.match(owed[0], { notBefore: START + 10 * SECOND, reason: 'it speaks for more', mention: null })
  t.same(grown([told(PAGE, left), ...owed]), [], 'what waits will say the newest')
  t.same(said(grown([told(PAGE, left), told(PAGE, { kind: 'update' })])), [`update ${PAGE}`])
  t.same(grown([told(PAGE, { status: 'owed' })]), [], 'what has not left will say it anyway')
  t.same(grown([told(PAGE, left)], incident([PAGE], { generation: 2 })), [], 'of an earlier life')
  const hourAgo = { ...left, owedAt: START - 3_600 * SECOND }
  t.same(grown([told(PAGE, hourAgo)]), [], 'it may have been closed there')
  t.same(said(owe(incident([PAGE]), 'lower', [told(PAGE, left)])), [`update ${PAGE}`], 'less severe is said there too')
})
