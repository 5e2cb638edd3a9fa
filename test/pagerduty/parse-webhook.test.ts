import fc from 'fast-check'
import t from 'tap'
import { pagerdutyDedupKey } from '../../src/pagerduty/dedup-key.ts'
import { incidentOfDedupKey } from '../../src/pagerduty/our-key.ts'
import { parseWebhook } from '../../src/pagerduty/parse-webhook.ts'
import { incidentId } from '../../src/signals/dedup-key.ts'

const person = { id: 'PADA', type: 'user_reference', summary: 'Ada' }
const data = { id: 'Q1', type: 'incident', created_at: '2026-11-22T03:00:00Z', assignees: [person], priority: null }
const webhook = (type: string, about: object = {}, more: object = {}) =>
  JSON.stringify({
    event: {
      ...{ id: 'E1', event_type: type, resource_type: 'incident', occurred_at: '2026-11-22T03:10:00.5Z' },
      ...{ agent: person, client: null, data: { ...data, ...about }, ...more },
    },
  })
const wordOf = (text: string) => {
  const parsed = parseWebhook(text)
  if (parsed.kind !== 'word') throw new Error(`it is ${parsed.kind}`)
  return parsed.word
}

t.test('what we act on is read; the incident of a note is inside it', async t => {
  const client = { name: 'Tocsin', url: 'https://t.example/incidents/inc_1' }
  t.match(wordOf(webhook('incident.triggered', {}, { client })), {
    ...{
      id: 'E1',
      type: 'triggered',
      incident: 'Q1',
      clientUrl: client.url,
      at: Date.UTC(2026, 10, 22, 3, 10, 0, 500),
    },
    openedAt: Date.UTC(2026, 10, 22, 3),
  })
  t.match(wordOf(webhook('incident.acknowledged')), { agent: { id: 'PADA', name: 'Ada', kind: 'person' } })
  t.match(wordOf(webhook('incident.unacknowledged', {}, { agent: null })), { agent: { kind: 'itself' } })
  const integration = { id: 'PI', type: 'inbound_integration_reference', summary: 'Events API V2' }
  t.match(wordOf(webhook('incident.resolved', {}, { agent: integration })), { agent: { kind: 'integration' } })
  const note = { type: 'incident_note', id: 'N1', content: ' rolled back ', incident: { id: 'Q7' } }
  t.match(wordOf(webhook('incident.annotated', note)), { incident: 'Q7', text: 'rolled back' })
  t.match(wordOf(webhook('incident.priority_updated', { priority: { summary: 'P1' } })), { text: 'P1' })
  t.match(wordOf(webhook('incident.reassigned')), { assignees: [{ id: 'PADA', name: 'Ada' }] })
})

t.test('a merge is told apart from a resolve', async t => {
  const resolve_reason = { type: 'merge_resolve_reason', incident: { id: 'Q2', type: 'incident_reference' } }
  t.equal(wordOf(webhook('incident.resolved', { resolve_reason })).mergedInto, 'Q2')
  t.equal(wordOf(webhook('incident.resolved', { resolve_reason: null })).mergedInto, null)
})

t.test('what is not for us is not garbage, and garbage is not thrown', async t => {
  for (const type of ['pagey.ping', 'service.updated', 'incident.workflow.started', 'incident.something_new'])
    t.match(parseWebhook(webhook(type)), { kind: 'other', type })
  for (const text of ['', '{', '[]', '{"event":{}}', webhook('incident.resolved', {}, { occurred_at: 'yesterday' })])
    t.equal(parseWebhook(text).kind, 'garbage')
  fc.assert(fc.property(fc.json(), text => parseWebhook(text).kind === 'garbage'))
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), about => {
      parseWebhook(webhook('incident.resolved', about))
    }),
  )
})

t.test('a dedup key leads back to its incident and life, also when it had to be hashed', async t => {
  const key = fc.oneof(
    fc.string({ maxLength: 400 }).map(text => `v1:issue:${text}`),
    fc.string({ unit: 'grapheme', maxLength: 40 }).map(text => `v1:metric:${text}:g7`),
  )
  fc.assert(
    fc.property(key, fc.integer({ min: 1, max: 9_999 }), (key, generation) => {
      const back = incidentOfDedupKey(pagerdutyDedupKey({ key, generation }))
      t.same(back, { incident: incidentId(key), generation })
    }),
  )
  for (const other of ['', 'srv01/HTTP', 'tocsin:test:n-1', 'disk:g1']) t.equal(incidentOfDedupKey(other), null)
})
