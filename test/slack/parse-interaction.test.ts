import fc from 'fast-check'
import t from 'tap'
import { viewSchema } from '../../src/sandbox/slack-block-rules.ts'
import { DIRECT, MODALS, type ModalVerb } from '../../src/slack/buttons.ts'
import { modalFor } from '../../src/slack/modals.ts'
import { parseInteraction } from '../../src/slack/parse-interaction.ts'
import { readSubmission } from '../../src/slack/read-submission.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const PLACE = { incident: 'inc_0123456789abcdef0123', destination: 'slack-incidents' }
const from = { ...PLACE, replySecret: 'https://hooks.slack.com/actions/x' }
const body = (payload: unknown) => new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
const pressed = (action: object, change: object = {}) =>
  parseInteraction(
    body({
      type: 'block_actions',
      user: { id: 'U1', username: 'anna' },
      trigger_id: 't',
      response_url: from.replySecret,
      actions: [{ block_id: `tocsin|${PLACE.incident}|${PLACE.destination}|3`, action_ts: '1.1', ...action }],
      ...change,
    }),
    NOW,
  )

t.test('every button is an act or a window', async t => {
  for (const verb of DIRECT)
    t.match(pressed({ action_id: `tocsin:${verb}` }), {
      kind: 'press',
      press: { ...PLACE, user: { id: 'U1', name: 'anna' }, replySecret: from.replySecret },
    })
  for (const verb of MODALS) {
    t.match(pressed({ action_id: `tocsin:${verb}` }), { kind: 'ask', verb, from, triggerId: 't' })
    t.match(pressed({ action_id: 'tocsin:more', selected_option: { value: verb } }), { kind: 'ask', verb })
  }
  t.match(pressed({ action_id: 'tocsin:escalate' }), { press: { act: { kind: 'escalate', step: null } } })
})

t.test('a press is named after who, when and what: the same again is the same', async t => {
  const name = (ts: string, id: string, verb: string) => {
    const read = pressed({ action_id: `tocsin:${verb}`, action_ts: ts }, { user: { id } })
    return read.kind === 'press' ? read.press.id : ''
  }
  t.equal(name('1', 'U1', 'acknowledge'), name('1', 'U1', 'acknowledge'))
  const names = [name('1', 'U1', 'acknowledge'), name('2', 'U1', 'acknowledge'), name('1', 'U2', 'acknowledge')]
  t.equal(new Set([...names, name('1', 'U1', 'escalate')]).size, 4)
})

t.test('what is not ours is nothing to do', async t => {
  t.match(pressed({ action_id: 'other' }), { kind: 'nothing' })
  t.match(pressed({ action_id: 'tocsin:dance' }), { kind: 'nothing' })
  t.match(pressed({ action_id: 'tocsin:acknowledge', block_id: 'x' }), { kind: 'nothing' })
  t.match(pressed({ action_id: 'tocsin:resolve' }, { trigger_id: undefined }), { kind: 'nothing' })
  t.match(parseInteraction('payload={', NOW), { kind: 'nothing' })
  t.match(parseInteraction('', NOW), { kind: 'nothing' })
  const view = { id: 'V1', callback_id: 'other', private_metadata: '{}', state: { values: {} } }
  t.match(parseInteraction(body({ type: 'view_submission', user: { id: 'U1' }, view }), NOW), { kind: 'nothing' })
})

t.test('nothing that is sent makes it throw', async () => {
  fc.assert(fc.property(fc.string(), text => parseInteraction(text, NOW).kind.length > 0))
  fc.assert(
    fc.property(
      fc.json(),
      text => parseInteraction(new URLSearchParams({ payload: text }).toString(), NOW).kind.length > 0,
    ),
  )
})

t.test('every window is one that Slack takes', async t => {
  for (const verb of MODALS) t.match(viewSchema.safeParse(modalFor(verb, from)), { success: true }, verb)
})

t.test('a submitted window is read whole, whatever its fields are', async t => {
  const submit = (verb: string, values: Record<string, object>) => {
    const state = { values: Object.fromEntries(Object.entries(values).map(([id, value]) => [id, { value }])) }
    const view = { id: 'V1', callback_id: `tocsin:${verb}`, private_metadata: JSON.stringify(from), state }
    return parseInteraction(body({ type: 'view_submission', user: { id: 'U1', name: 'anna' }, view }), NOW)
  }
  t.match(submit('resolve', { when: { selected_option: { value: 'release' } }, release: { value: ' v3 ' } }), {
    kind: 'press',
    press: { ...from, act: { kind: 'resolve', release: 'v3', reason: null }, user: { id: 'U1', name: 'anna' } },
  })
  t.match(submit('assign', { to: { selected_user: 'U2' } }), { press: { act: { kind: 'assign' }, assignee: 'U2' } })
  const until = NOW / 1000 + 600
  t.match(submit('silence', { until: { selected_date_time: until }, reason: { value: 'x' } }), {
    press: { act: { kind: 'silence', until: until * 1000, reason: 'x' } },
  })
  t.match(submit('note', { text: { value: null } }), { kind: 'refused', errors: { text: /cannot be used/ } })
  t.match(submit('note', { text: { value: 7 } }), { kind: 'refused' })
})

t.test('each window says what it needs, and makes the act it is for', async t => {
  const cases: [verb: ModalVerb, values: Record<string, string>, made: object][] = [
    ['resolve', { when: 'now' }, { act: { kind: 'resolve', release: null, reason: null } }],
    ['resolve', { when: 'next', reason: 'fixed' }, { act: { kind: 'resolve', release: 'next', reason: 'fixed' } }],
    ['resolve', { when: 'release' }, { errors: { release: /Name/ } }],
    ['silence', { for: '60', reason: 'x' }, { act: { kind: 'silence', until: NOW + 3_600_000, reason: 'x' } }],
    ['silence', { for: '60' }, { errors: { reason: /why/ } }],
    ['silence', { reason: 'x' }, { errors: { until: /passed/ } }],
    ['silence', { until: '99999999999', reason: 'x' }, { errors: { until: /year/ } }],
    ['assign', {}, { errors: { to: /person/ } }],
    ['noise', { label: 'false-positive' }, { act: { kind: 'noise', label: 'false-positive', note: null } }],
    ['noise', { label: 'x' }, { errors: { label: /cannot/ } }],
    ['severity', { severity: 'P2', reason: 'x' }, { act: { kind: 'set-severity', severity: 'P2', reason: 'x' } }],
    ['severity', { severity: 'P2' }, { errors: { reason: /why/ } }],
    ['workaround', { text: 'restart' }, { act: { kind: 'workaround', text: 'restart' } }],
    ['archive', { until: 'escalating', reason: 'x' }, { act: { until: { kind: 'escalating' } } }],
    ['archive', { until: 'events', reason: 'x' }, { act: { until: { kind: 'events', count: 100 } } }],
    ['archive', { until: '1440', reason: 'x' }, { act: { until: { kind: 'duration', minutes: 1440 } } }],
    ['archive', { until: 'never', reason: 'x' }, { errors: { until: /cannot/ } }],
    ['archive', { until: 'forever' }, { errors: { reason: /why/ } }],
  ]
  for (const [verb, values, made] of cases)
    t.match(readSubmission(verb, values, NOW), made, `${verb} ${JSON.stringify(values)}`)
})
