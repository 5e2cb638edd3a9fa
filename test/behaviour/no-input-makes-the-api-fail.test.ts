import { connect } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { doors } from '../../src/api/doors.ts'
import { differs } from '../api/conforms.ts'
import { startExampleWorld } from '../support/example-world.ts'
import { type FuzzRequest, type Operation, operations, requestFor } from '../support/fuzz-request.ts'
import { onlyHere } from '../support/only-here.ts'
import { signed } from '../support/signed-call.ts'
import { brokenText } from '../support/spoiled.ts'
import { SECRETS } from '../support/world.ts'

/** How often every operation is asked; more of them for a longer look: FUZZ_RUNS=500, or as many as FUZZ_SECONDS allow. */
const ROUNDS = Number(process.env.FUZZ_RUNS ?? 8)
const SEED = Number(process.env.FUZZ_SEED ?? 20261122)
/** Only operations whose id matches. */
const ONLY = new RegExp(process.env.FUZZ_ONLY ?? '')
const MOST_SECONDS = Number(process.env.FUZZ_SECONDS ?? 50)
/** Asked at once. */
const LANES = 8

// The runner has a limit of its own for the whole file; a longer look is started without it.
t.setTimeout(7_200_000)
onlyHere()
const world = await startExampleWorld()
t.teardown(world.stop)

/** What was answered otherwise than it may be: said once for each operation and kind, with what was sent. */
const wrong = new Map<string, string>()
const secrets = Object.values(SECRETS)
let answered = 0

// The limit on requests counts by key: many keys ask as much as one may not.
const keys = await Promise.all(
  Array.from({ length: 12 + Math.min(60, ROUNDS) }, async (_, at) => {
    const made = await world.api('POST', '/api-keys', { name: `fuzz ${at}`, role: 'admin' })
    return made.body.key as string
  }),
)
secrets.push(...keys)

function note(kind: string, sent: FuzzRequest, got: string): void {
  const about = `${sent.operation}: ${kind}`
  if (wrong.has(about)) return
  // Seen at once, also of a long look that is broken off.
  console.error(about)
  wrong.set(about, `${JSON.stringify(sent).slice(0, 3_000)}\n  -> ${got.slice(0, 1_500)}`)
}

async function send(sent: FuzzRequest): Promise<void> {
  const door = doors.find(({ id }) => id === sent.operation)
  const body = sent.body === null ? null : world.ours(sent.body)
  const url = world.ours(sent.url)
  const key = keys[answered++ % keys.length]
  const path = url.split('?')[0] ?? ''
  const base = path.replace(/\/(publish|rebase|move|rotate|expire|rollback)$/, '')
  const match = sent.current && 'if-match' in sent.headers && !path.includes('%') ? await etagOf(base) : null
  const response = await fetch(`${world.url()}${url}`, {
    method: sent.method,
    headers: {
      ...sent.headers,
      ...(match === null ? {} : { 'if-match': match }),
      ...(door === undefined ? { authorization: `Bearer ${key}` } : signed(door, body ?? '', world.clock.now())),
    },
    ...(body === null ? {} : { body: Buffer.from(body) }),
    redirect: 'manual',
  })
  const [type, text] = [response.headers.get('content-type') ?? '', await response.text()]
  const { status } = response
  // Too many is no failure, and says nothing of the operation.
  if (status === 429) return
  if (status >= 500) note(`${status}`, sent, text)
  const all = `${JSON.stringify([...response.headers])}${text}`
  const told = secrets.find(secret => all.includes(secret))
  if (told !== undefined) note('a secret was told', sent, text)
  // Slack is answered with nothing where there is nothing to say.
  if (sent.method === 'HEAD' || (door !== undefined && status === 200 && text === '')) return
  if (status >= 400 && !(type.startsWith('application/problem+json') && typeof JSON.parse(text).code === 'string')) {
    note(`${status} is no problem+json`, sent, `${type} ${text}`)
    return
  }
  const difference = differs(sent.method, path, status, type, text)
  if (difference !== '') note(`not as documented (${status})`, sent, difference)
}

async function etagOf(path: string): Promise<string | null> {
  const key = keys[answered % keys.length]
  const response = await fetch(`${world.url()}${path}`, { headers: { authorization: `Bearer ${key}` } })
  await response.arrayBuffer()
  return response.headers.get('etag')
}

/** Ids there are: of the example, of what is listed beside it now. */
function idsOf(documented: string): string[] {
  return [documented, documented, ...known]
}
let known = [
  'p0',
  'anything',
  'default',
  'pagerduty-oncall',
  'page-now',
  'everything-else',
  '1',
  '2',
  '12',
  '99999999999',
]

async function inLanes(requests: FuzzRequest[]): Promise<void> {
  const waiting = [...requests]
  const lane = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const sent = next
      await send(sent).catch((error: unknown) => note('no answer', sent, String((error as Error).cause ?? error)))
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

function round(number: number): FuzzRequest[] {
  return operations.flatMap((operation: Operation, at) =>
    !ONLY.test(operation.id)
      ? []
      : fc.sample(requestFor(operation, idsOf), { seed: SEED + number * 1_000 + at, numRuns: 1 }),
  )
}

/** Everything there is, made anew where it was taken away, so that the next round finds something. */
async function refill(): Promise<void> {
  const { apiEndpoints } = await import('../../src/api/endpoints.ts')
  const rooms = new Map(apiEndpoints.map(endpoint => [endpoint.tag, endpoint]))
  for (const endpoint of rooms.values()) await world.prepare({ ...endpoint, id: '' }).catch(() => {})
  const listed = await Promise.all(
    [
      '/incidents',
      '/notifications',
      '/silences',
      '/rules/drafts',
      '/backlog',
      '/quarantine',
      '/destinations',
      '/sources',
    ].map(async path =>
      (await world.api('GET', `${path}?limit=2`)).body.items.map(({ id }: { id: string }) => encodeURIComponent(id)),
    ),
  )
  known = [...new Set([...known.slice(0, 10), ...listed.flat()])]
}

t.test('whatever is sent, the answer is one that is documented', async t => {
  const began = performance.now()
  let rounds = 0
  // On a machine that is busy fewer of them are done, and never none.
  while (rounds < ROUNDS && (rounds === 0 || performance.now() - began < MOST_SECONDS * 1_000)) {
    await refill()
    await inLanes(round(rounds++))
  }
  t.comment(`${answered} requests in ${rounds} rounds`)
  for (const [about, how] of wrong) t.fail(`${about}\n  ${how}`)
  t.ok(answered >= operations.filter(({ id }) => ONLY.test(id)).length * rounds, 'every operation was asked')
})

t.test('what is no HTTP, or badly written, is refused as a problem too', async t => {
  const { hostname, port } = new URL(world.url())
  const control = fc.constantFrom('\u0000', '\u0001', '\u007f', '\n', '\r', '\u0085')
  const line = fc.oneof(
    control.map(
      one =>
        `GET /api/v1/rules HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${SECRETS.admin}\r\nX-Actor: a${one}b\r\nConnection: close\r\n\r\n`,
    ),
    control.map(one => `GET /api/v1/routes/a${one}b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    fc.constant(`GET /api/v1/rules HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(70_000)}\r\nConnection: close\r\n\r\n`),
    fc.constant(
      'POST /api/v1/routes HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello!',
    ),
    fc.constant(
      'POST /api/v1/routes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n',
    ),
    fc.constant('PROPFIND /api/v1/routes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    fc.constant('TRACE /api/v1/routes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    fc.constant('GET http://elsewhere/api/v1/rules HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    brokenText.map(text => `${text.slice(0, 200)}\r\n\r\n`),
  )
  const seen: string[] = []
  for (const raw of fc.sample(line, { seed: SEED, numRuns: 40 }))
    seen.push(await overSocket(hostname, Number(port), raw))
  for (const got of seen.filter(one => one !== '')) {
    const [head = '', body = ''] = got.split('\r\n\r\n')
    t.match(head, /^HTTP\/1\.1 4\d\d /, head)
    t.match(head, /application\/problem\+json/i, head)
    t.type(JSON.parse(body).code, 'string')
  }
  t.match(await world.api('GET', '/rules'), { status: 200 }, 'it goes on')
})

function overSocket(host: string, port: number, raw: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let got = ''
  const socket = connect(port, host, () => socket.end(Buffer.from(raw, 'latin1')))
  socket.setTimeout(5_000, () => socket.destroy())
  socket.on('data', data => (got += data.toString('latin1')))
  socket.on('error', () => {})
  socket.on('close', () => resolve(got))
  return promise
}

t.test('and afterwards everything still holds', async t => {
  const { body: current } = await world.api('GET', '/rules')
  t.match(await world.api('POST', '/rules/validate', current.document), { body: { valid: true } }, 'the rules in force')
  for (let number = 1; number <= current.number; number++) {
    const revision = await world.api('GET', `/rules/revisions/${number}`)
    if (revision.status !== 200 || revision.body.number !== number)
      t.fail(`revision ${number}: ${JSON.stringify(revision.body)}`)
  }
  t.match(await world.api('GET', `/rules/revisions/${current.number + 1}`), { status: 404 }, 'without gaps')
  for (const { id } of await world.incidents()) {
    t.match(await world.api('GET', `/incidents/${id}`), { status: 200, body: { id } })
    t.ok(Array.isArray(await world.timeline(id)))
  }
  t.match(await world.api('GET', '/audit/verify'), { status: 200, body: { valid: true } }, 'the audit trail')
  const failed = world.logged.filter(
    line => /"level":(50|60)|"level":"(error|fatal)"/.test(line) && /a request failed|screens failed/.test(line),
  )
  t.same(failed.slice(0, 3), [], 'nothing failed on our side')
  const told = world.logged.filter(line => secrets.some(secret => line.includes(secret)))
  t.same(told.slice(0, 3), [], 'no secret stands in the log')
})
