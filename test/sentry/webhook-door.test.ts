import { request } from 'node:http'
import { connect } from 'node:net'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { TocsinError } from '../../src/errors.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { serialize } from '../../src/sandbox/samples/serialize.ts'
import type { NewDelivery } from '../../src/sentry/accept-delivery.ts'
import { signBody } from '../../src/sentry/signature.ts'
import { UNKNOWN_SOURCE, webhookDoor } from '../../src/sentry/webhook-door.ts'

const SECRET = 'the-client-secret-of-the-default-source'
const MOBILE = 'the-client-secret-of-the-mobile-source'
const SECRETS: Record<string, string[]> = { default: ['the-secret-before-the-rotation', SECRET], mobile: [MOBILE] }

interface Door {
  accepted: NewDelivery[]
  refused: [string, string][]
  logged: string[]
  fail: Error | null
  post(
    body: string | Buffer,
    headers?: Record<string, string | undefined>,
    path?: string,
  ): Promise<LightMyRequestResponse>
  listen(): Promise<number>
}

async function openDoor(t: Test, options: { refusalLimit?: number; globalLimit?: number } = {}): Promise<Door> {
  const fastify = Fastify({ trustProxy: true })
  if (options.globalLimit !== undefined) await fastify.register(rateLimit, { max: options.globalLimit })
  const door: Door = {
    accepted: [],
    refused: [],
    logged: [],
    fail: null,
    post: (body, headers = {}, path = '/webhooks/sentry') => {
      const signed = { 'sentry-hook-signature': signBody(body, SECRET), 'sentry-hook-resource': 'issue', ...headers }
      const given = Object.entries(signed).filter((pair): pair is [string, string] => pair[1] !== undefined)
      return fastify.inject({ method: 'POST', url: path, payload: body, headers: Object.fromEntries(given) })
    },
    listen: async () => {
      await fastify.listen({ port: 0, host: '127.0.0.1' })
      return (fastify.server.address() as { port: number }).port
    },
  }
  const note = (details: object, message: string) => door.logged.push(`${message} ${JSON.stringify(details)}`)
  await fastify.register(webhookDoor, {
    sources: id => (Object.hasOwn(SECRETS, id) ? { clientSecrets: SECRETS[id] ?? [] } : null),
    async accept(delivery) {
      if (door.fail !== null) throw door.fail
      door.accepted.push(delivery)
      return `batch-${door.accepted.length - 1}`
    },
    clock: systemClock,
    log: { error: note, debug: note },
    onRefused: (source, reason) => door.refused.push([source, reason]),
    ...(options.refusalLimit === undefined ? {} : { refusalLimit: options.refusalLimit }),
  })
  t.teardown(() => fastify.close())
  return door
}

t.test('a signed webhook is stored as it came and answered 202 with its delivery id', async t => {
  const door = await openDoor(t)
  const body = '{"action":"created","data":{}}'
  const answer = await door.post(body, { 'sentry-hook-timestamp': '1766000000', 'content-type': 'application/json' })
  t.equal(answer.statusCode, 202)
  t.strictSame(answer.json(), { delivery: 'batch-0' })
  t.match(door.accepted[0], {
    source: 'default',
    resource: 'issue',
    hookTimestamp: 1_766_000_000_000,
    body,
    encoding: 'utf8',
  })
})

t.test('every sample verifies over its raw bytes, non-ASCII text and 60.0 included', async t => {
  const door = await openDoor(t)
  for (const [name, sample] of Object.entries(SAMPLES)) {
    const body = serialize(sample.build(1_766_000_000_000))
    t.equal((await door.post(body, { 'sentry-hook-resource': sample.resource })).statusCode, 202, name)
    t.equal(door.accepted.at(-1)?.body, body, name)
  }
})

t.test('either signature header and any secret of that source will do', async t => {
  const door = await openDoor(t)
  const by = (header: string, secret: string) => ({
    'sentry-hook-signature': undefined,
    [header]: signBody('{}', secret),
  })
  t.equal((await door.post('{}', by('sentry-app-signature', SECRET))).statusCode, 202)
  t.equal((await door.post('{}', by('sentry-hook-signature', 'the-secret-before-the-rotation'))).statusCode, 202)
  t.equal((await door.post('{}', by('sentry-hook-signature', MOBILE), '/webhooks/sentry/mobile')).statusCode, 202)
  t.equal(door.accepted.at(-1)?.source, 'mobile')
  t.equal(
    (await door.post('{}', {}, '/webhooks/sentry/mobile')).statusCode,
    401,
    'a secret speaks only for its own source',
  )
})

t.test('tampered, wrongly signed, unsigned and re-serialised: 401 and nothing stored', async t => {
  const door = await openDoor(t)
  const body = serialize(SAMPLES['non-ascii']?.build(1_766_000_000_000))
  const signature = signBody(body, SECRET)
  const cases = [
    [body.replace('triggered', 'Triggered'), signature, 'SIGNATURE_INVALID'],
    [JSON.stringify(JSON.parse(body)), signature, 'SIGNATURE_INVALID'],
    [body, signBody(body, 'wrong'), 'SIGNATURE_INVALID'],
    [body, 'not hex', 'SIGNATURE_INVALID'],
    [body, '', 'SIGNATURE_MISSING'],
    [body, undefined, 'SIGNATURE_MISSING'],
  ] as const
  for (const [sent, header, code] of cases) {
    const answer = await door.post(sent, { 'sentry-hook-signature': header })
    t.match(answer.headers['content-type'], /^application\/problem\+json/)
    t.match(answer.json(), { status: 401, code, title: String, detail: String, type: String })
  }
  t.strictSame(door.accepted, [])
  t.equal(door.refused.length, cases.length)
})

t.test('an unknown source is answered like a wrong signature: nobody learns which exist', async t => {
  const door = await openDoor(t)
  const known = await door.post('{}', { 'sentry-hook-signature': signBody('{}', 'wrong') }, '/webhooks/sentry/mobile')
  const unknown = await door.post('{}', {}, '/webhooks/sentry/nobody')
  t.equal(unknown.body, known.body)
  t.equal(unknown.statusCode, 401)
  t.strictSame(door.refused, [
    ['mobile', 'signature-invalid'],
    [UNKNOWN_SOURCE, 'signature-invalid'],
  ])
  t.equal((await door.post('{}', {}, '/webhooks/sentry/__proto__')).statusCode, 401)
})

t.test('signed garbage of any content type is stored: bytes, nothing at all, any encoding', async t => {
  const door = await openDoor(t)
  const bytes = Buffer.from([0xff, 0x00, 0xfe, 0x80])
  for (const type of ['text/xml', 'application/json; charset=', 'nonsense', '', 'multipart/form-data', undefined])
    t.equal((await door.post(bytes, { 'content-type': type })).statusCode, 202, String(type))
  t.match(door.accepted[0], { body: bytes.toString('base64'), encoding: 'base64' })
  t.equal((await door.post('')).statusCode, 202)
  t.match(door.accepted.at(-1), { body: '', encoding: 'utf8' })
  t.equal((await door.post('{"a":', { 'content-encoding': 'gzip' })).statusCode, 202, 'verified as it came')
  t.equal(
    (await door.post('{}', { 'sentry-hook-resource': undefined, 'sentry-hook-timestamp': '1e999' })).statusCode,
    202,
  )
  t.match(door.accepted.at(-1), { resource: '', hookTimestamp: null })
})

t.test('a chunked body and an empty body without a type verify over a real socket', async t => {
  const door = await openDoor(t)
  const port = await door.listen()
  const send = (chunks: string[], headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const signed = { ...headers, 'sentry-hook-signature': signBody(chunks.join(''), SECRET) }
      const outgoing = request({ port, method: 'POST', path: '/webhooks/sentry', headers: signed }, response => {
        response.resume().on('end', () => resolve(response.statusCode))
      })
      outgoing.on('error', reject)
      for (const chunk of chunks) outgoing.write(chunk)
      outgoing.end()
    })
  t.equal(await send(['{"action":', '"created"}'], { 'transfer-encoding': 'chunked' }), 202)
  t.equal(await send([], { 'transfer-encoding': 'chunked' }), 202)
  t.equal(await send([], { 'content-length': '0' }), 202)
  t.strictSame(
    door.accepted.map(({ body }) => body),
    ['{"action":"created"}', '', ''],
  )
})

t.test('a body that breaks off is never stored', async t => {
  const door = await openDoor(t)
  const port = await door.listen()
  const head = `POST /webhooks/sentry HTTP/1.1\r\nhost: x\r\nsentry-hook-signature: ${signBody('{}', SECRET)}\r\ncontent-length: 9\r\n\r\n{}`
  await new Promise<void>(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.end(head))
    socket.on('error', () => {}).on('close', () => resolve())
    socket.resume()
  })
  t.strictSame(door.accepted, [])
})

t.test('four mebibytes are accepted, one byte more is 413 and told', async t => {
  const door = await openDoor(t)
  t.equal((await door.post(Buffer.alloc(4 << 20, 0x20))).statusCode, 202)
  const answer = await door.post(Buffer.alloc((4 << 20) + 1, 0x20))
  t.match(answer.json(), { status: 413, code: 'BODY_TOO_LARGE' })
  t.strictSame(door.refused, [['default', 'too-large']])
  t.equal(door.accepted.length, 1)
})

t.test('only traffic that fails verification is limited, per address; what verifies never is', async t => {
  const door = await openDoor(t, { refusalLimit: 3, globalLimit: 2 })
  const bad = { 'sentry-hook-signature': signBody('{}', 'wrong') }
  for (let i = 0; i < 3; i++) t.equal((await door.post('{}', bad)).statusCode, 401)
  const limited = await door.post('{}', bad)
  t.match(limited.json(), { status: 429, code: 'TOO_MANY_REQUESTS' })
  t.ok(Number(limited.headers['retry-after']) > 0)
  t.strictSame(door.refused.at(-1), ['default', 'rate-limited'])
  for (let i = 0; i < 10; i++) t.equal((await door.post('{}')).statusCode, 202)
  t.equal((await door.post('{}', { ...bad, 'x-forwarded-for': '203.0.113.9' })).statusCode, 401, 'another address')
})

t.test('503 with Retry-After when nothing durable can be written, and the log has no secret and no body', async t => {
  const door = await openDoor(t)
  door.fail = new Error('Connection is closed.')
  const answer = await door.post('{"private":"text"}')
  t.match(answer.json(), { status: 503, code: 'STORE_UNAVAILABLE' })
  t.equal(answer.headers['retry-after'], '1')
  t.notMatch(answer.body, /Connection/)
  door.fail = new TocsinError('SHUTTING_DOWN', 'stopping')
  t.match((await door.post('{}')).json(), { status: 503, code: 'SHUTTING_DOWN' })
  t.equal(door.logged.length, 2)
  t.notMatch(door.logged.join(), new RegExp(`${SECRET}|private|[0-9a-f]{64}`))
})
