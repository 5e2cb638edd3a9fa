import t from 'tap'
import { toWindowEvent } from '../../src/pipeline/to-window-event.ts'
import { makeEvent, START } from '../support/make.ts'

const RULES = { production: ['production'], coreFlows: [] }

t.test('an event whose time no clock could have told counts as of its arrival', async t => {
  const signal = makeEvent(START)
  const event = toWindowEvent({ ...signal, facts: { ...signal.facts, eventAt: signal.receivedAt - 5_000 } }, RULES)
  t.match(event, { at: signal.receivedAt - 5_000, receivedAt: signal.receivedAt })
  const timeless = toWindowEvent({ ...signal, facts: { ...signal.facts, eventAt: null } }, RULES)
  t.match(timeless, { at: signal.receivedAt })
})

t.test('what cannot be placed is not counted', async t => {
  const signal = makeEvent(START)
  for (const missing of [{ event: null }, { issue: null }, { project: null }, { category: 'cron' as const }])
    t.equal(toWindowEvent({ ...signal, facts: { ...signal.facts, ...missing } }, RULES), null)
})
