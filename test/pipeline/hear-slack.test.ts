import t from 'tap'
import type { ActOutcome, ActRequest } from '../../src/pipeline/act-on.ts'
import type { Heard } from '../../src/pipeline/handle-word.ts'
import { createHearSlack } from '../../src/pipeline/hear-slack.ts'
import type { Delivery } from '../../src/signals/delivery.ts'
import { makeIncident, START } from '../support/make.ts'

const incident = makeIncident()
const press = {
  version: 1,
  id: 'slack-1',
  incident: incident.id,
  destination: 'slack-incidents',
  act: { kind: 'acknowledge' },
  user: { id: 'U1', name: 'anna.b' },
  assignee: null,
  replySecret: 'https://hooks.slack.com/actions/1',
}
const delivery = (body: unknown): Delivery => ({
  id: 'b-0',
  source: 'slack',
  resource: 'slack',
  via: 'slack',
  hookTimestamp: null,
  receivedAt: START,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  encoding: 'utf8',
  attempt: 0,
})

function hearing(came: Partial<ActOutcome> | null = {}) {
  const asked: ActRequest[] = []
  const told: (string | null)[][] = []
  const hear = createHearSlack({
    async actOn(request) {
      asked.push(request)
      if (came === null) return null
      return { changed: true, action: 'mark', reason: 'done', repeated: false, incident, reflected: [], ...came }
    },
    people: () => [{ name: 'Anna Berg', slack: 'U1', sentry: '12', pagerduty: null, email: null }],
    nameOf: async (_destination, user) => (user === 'U2' ? 'Bert' : null),
    answer: async (...said) => told.push(said),
  })
  return { hear, asked, told }
}
async function obeyed(heard: Heard) {
  return heard.kind === 'word' ? heard.obey() : null
}

t.test('a press is done in the name of the person, once by its name, when it was pressed', async t => {
  const { hear, asked, told } = hearing()
  const heard = hear(delivery(press))
  t.match(heard, { kind: 'word', action: 'acknowledge', names: ['slack-1'] })
  t.match(await obeyed(heard), { outcome: 'attached', incident: incident.id, severity: incident.severity })
  t.match(asked, [
    { id: 'slack-1', at: START, actor: { via: 'slack', at: 'slack-incidents', id: 'U1', name: 'Anna Berg' } },
  ])
  t.same(told, [], 'the post and its thread say it')
})

t.test('what comes to nothing is told to whoever pressed, with the reason', async t => {
  const already = hearing({ changed: false, action: 'none', reason: 'already resolved' })
  t.match(await obeyed(already.hear(delivery(press))), { outcome: 'nothing-to-do', reason: 'already resolved' })
  t.same(already.told, [[press.replySecret, 'Nothing came of it: already resolved.']])
  const unknown = hearing(null)
  t.match(await obeyed(unknown.hear(delivery(press))), { outcome: 'nothing-to-do', incident: null })
  t.match(unknown.told, [[press.replySecret, /no such incident here/]])
})

t.test("whom it is assigned to goes by Sentry's id and name, else by Slack's name, else by Slack's id", async t => {
  const assign = (assignee: string | null) => ({
    ...press,
    act: { kind: 'assign', to: { type: 'user', id: null, name: assignee ?? 'carl' } },
    assignee,
  })
  const { hear, asked } = hearing({ action: 'resolve' })
  for (const assignee of ['U1', 'U2', 'U3', null])
    t.match(await obeyed(hear(delivery(assign(assignee)))), { outcome: 'resolved' })
  t.same(
    asked.map(({ act }) => (act.kind === 'assign' ? [act.to?.id, act.to?.name] : null)),
    [
      ['12', 'Anna Berg'],
      [null, 'Bert'],
      [null, 'U3'],
      [null, 'carl'],
    ],
  )
})

t.test('what is no press is kept for a person to see', async t => {
  const { hear } = hearing()
  t.match(hear(delivery('{')), { kind: 'garbage' })
  t.match(hear(delivery({ ...press, act: { kind: 'dance' } })), { kind: 'garbage' })
})
