import t from 'tap'
import { eventsEndpoint } from '../../src/pagerduty/events-endpoint.ts'
import { readAnswer } from '../../src/pagerduty/read-answer.ts'

const NOW = Date.UTC(2026, 0, 1)
const answered = (status: number, body: unknown = {}, retryAfter: string | null = null) =>
  readAnswer({ kind: 'answered', status, body, retryAfter }, NOW)

t.test('what each status means', async t => {
  const table: [number, string][] = [
    [200, 'retry'],
    [202, 'accepted'],
    [204, 'retry'],
    [301, 'permanent'],
    [308, 'permanent'],
    [400, 'permanent'],
    [401, 'permanent'],
    [404, 'permanent'],
    [408, 'retry'],
    [413, 'permanent'],
    [429, 'retry'],
    [500, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
  ]
  for (const [status, kind] of table) t.equal(answered(status).kind, kind, String(status))
})

t.test('202 without its JSON is not yet a success', async t => {
  t.match(answered(202, null), { kind: 'retry', ambiguous: true })
})

t.test('Retry-After: seconds, a date, nonsense, a mistake; half a minute after a 429 without it', async t => {
  const wait = (status: number, header: string | null) => {
    const meaning = answered(status, {}, header)
    return meaning.kind === 'retry' ? meaning.retryAfterMs : undefined
  }
  t.equal(wait(429, '7'), 7_000)
  t.equal(wait(503, '7'), 7_000)
  t.equal(wait(503, null), null)
  t.equal(wait(429, new Date(NOW + 90_000).toUTCString()), 90_000)
  t.equal(wait(429, new Date(NOW - 90_000).toUTCString()), 0)
  t.equal(wait(429, 'soon'), 30_000)
  t.equal(wait(429, null), 30_000)
  t.equal(wait(429, '999999999'), 600_000)
})

t.test('a refusal says what PagerDuty said, whether errors is a list or a text', async t => {
  const said = (body: unknown) => {
    const meaning = answered(400, body)
    return meaning.kind === 'permanent' ? meaning.message : ''
  }
  t.match(
    said({ message: 'Event object is invalid', errors: ["Length of 'routing_key' is incorrect"] }),
    /invalid: Length of 'routing_key'/,
  )
  t.match(said({ message: 'bad', errors: 'one text' }), /bad: one text/)
  t.match(said({ errors: [1, null] }), /HTTP 400\); check/)
  t.match(said(null), /check the destination's integration key/)
  t.match(said('text'), /check the destination's integration key/)
})

t.test('what never connected cannot have been accepted', async t => {
  t.match(readAnswer({ kind: 'unanswered', code: 'ECONNREFUSED', reached: false }, NOW), {
    kind: 'retry',
    ambiguous: false,
    code: 'network_ECONNREFUSED',
  })
  t.match(readAnswer({ kind: 'unanswered', code: 'timeout', reached: true }, NOW), {
    kind: 'retry',
    ambiguous: true,
    code: 'timeout',
  })
})

t.test(
  'the address: https anywhere, plain http only on loopback, ports and paths kept, the path of the docs not doubled',
  async t => {
    const server = (url: string) => {
      const endpoint = eventsEndpoint(url)
      return endpoint.ok ? `${endpoint.tls ? 'tls' : 'plain'} ${endpoint.server}` : endpoint.message
    }
    t.equal(server('https://events.pagerduty.com'), 'tls events.pagerduty.com:443')
    t.equal(server('https://events.eu.pagerduty.com/v2/enqueue'), 'tls events.eu.pagerduty.com:443')
    t.equal(server('https://proxy.example:8443/pd/'), 'tls proxy.example:8443/pd')
    t.equal(server('http://127.0.0.1:9/'), 'plain 127.0.0.1:9')
    t.equal(server('http://[::1]'), 'plain [::1]:80')
    for (const bad of ['http://events.pagerduty.com', 'ftp://127.0.0.1', 'https://me:pw@x.example', 'nonsense', ''])
      t.match(server(bad), /the PagerDuty url must be/, bad)
  },
)
