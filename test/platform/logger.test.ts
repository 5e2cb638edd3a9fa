import fc from 'fast-check'
import t from 'tap'
import { createLogger } from '../../src/platform/logger.ts'
import { createScrub } from '../../src/platform/scrub.ts'

function collecting(secrets: () => string[] = () => []) {
  const lines: string[] = []
  const log = createLogger('debug', secrets, { write: line => void lines.push(line) })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') }
}

t.test('a line is JSON with time, level by name, message and fields', async t => {
  const { log, last } = collecting()
  log.child({ incident: 'i-1' }).warn({ delivery: 'd-1', since: new Date(0), list: [1, { a: 2 }] }, 'late')
  t.match(last(), {
    level: 'warn',
    time: /^\d{4}-\d\d-\d\dT/,
    incident: 'i-1',
    delivery: 'd-1',
    since: '1970-01-01T00:00:00.000Z',
    list: [1, { a: 2 }],
    msg: 'late',
  })
})

t.test('what stands under the name of a secret is hidden, at any depth; counts and ids are not', async t => {
  const { log, lines, last } = collecting()
  log.info({
    headers: { Authorization: 'Basic zzz-one', cookie: 'zzz-two', 'set-cookie': ['zzz-three'], accept: 'json' },
    list: [{ routingKey: 'zzz-four', routing_key: 'zzz-five', botToken: 'zzz-six', clientSecrets: ['zzz-seven'] }],
    'sentry-hook-signature': 'zzz-eight',
    adminApiKey: 'zzz-nine',
    ENCRYPTION_KEY: Buffer.from('zzz'),
    password: { inner: 'zzz-ten' },
    routingKeyId: 'stays',
    dedupKey: 'stays',
    tokens: 3,
    signature: false,
    secret: null,
    body: Buffer.from('12345'),
  })
  t.notMatch(lines.at(-1), /zzz/)
  t.match(last(), {
    routingKeyId: 'stays',
    dedupKey: 'stays',
    tokens: 3,
    signature: false,
    secret: null,
    body: '[5 bytes]',
  })
  t.equal(last().headers.accept, 'json')
})

t.test('an error tells its own words and its causes, never what an HTTP library hung on it', async t => {
  const { log, lines, last } = collecting()
  const cause = Object.assign(new Error('GET https://sentry.io/api?token=zzz-query failed'), { code: 'ECONNRESET' })
  const error = Object.assign(new TypeError('outer', { cause }), {
    config: { headers: { 'x-any': 'zzz-header' } },
    status: 502,
    problems: [{ path: '/a', message: 'b' }],
  })
  log.error({ err: error }, 'failed')
  log.error({ nested: { failure: error } }, 'failed')
  t.notMatch(lines.join(''), /zzz/)
  const described = { type: 'TypeError', message: 'outer', status: 502, cause: { code: 'ECONNRESET' }, problems: [{}] }
  t.match(JSON.parse(lines[0] ?? ''), { err: { ...described, stack: /logger\.test/ } })
  t.match(last().nested.failure, described)
  t.match(last().nested.failure.cause.message, 'GET https://sentry.io/api?[hidden] failed')
  log.error({ err: 'just text' })
  t.equal(last().err, 'just text')
})

t.test('structures without end are cut', async t => {
  const { log, last } = collecting()
  const round: Record<string, unknown> = { name: 'round' }
  round.self = round
  log.info({ round })
  t.match(JSON.stringify(last()), /too deep/)
})

t.test('a known secret never leaves, wherever and however it stands, also when it was learnt later', async t => {
  const secrets: string[] = []
  const { log, lines } = collecting(() => secrets)
  const secret = fc.string({ minLength: 6, maxLength: 40, unit: 'binary' }).filter(s => !'[hidden]'.includes(s))
  fc.assert(
    fc.property(secret, fc.string(), (value, around) => {
      // As text of its own, so that it does not happen to be part of the line's frame.
      const unlikely = `q7!${value}`
      secrets[0] = unlikely
      log.info({ harmless: `${around}${unlikely}` }, `x ${unlikely} y`)
      const line = lines.at(-1) ?? ''
      return (
        !line.includes(unlikely) && !line.includes(JSON.stringify(unlikely).slice(1, -1)) && Boolean(JSON.parse(line))
      )
    }),
  )
  t.pass()
})

t.test('scrub knows credentials by their form and leaves the rest alone', async t => {
  const scrub = createScrub(() => ['abc', 'long-secret'])
  t.equal(scrub('abc long-secret xoxb-123-Abc'), 'abc [hidden] [hidden]')
  t.equal(scrub('Authorization: Bearer eyJ.x.y, then'), 'Authorization: Bearer [hidden], then')
  t.equal(scrub('redis://user:pw@host:6379/0'), 'redis://[hidden]@host:6379/0')
  t.equal(scrub('see https://a.example/b?c=d&e=f#g and a?b'), 'see https://a.example/b?[hidden]#g and a?b')
  t.equal(scrub('mail me@example.com'), 'mail me@example.com')
})
