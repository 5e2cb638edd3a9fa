import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { SECRETS, startWorld } from '../support/world.ts'
import { folder, tocsin } from './tocsin.ts'

t.test('what went wrong is an exit code, the same for ever', async t => {
  const world = await startWorld()
  t.teardown(() => world.stop())
  const file = folder(t)
  const url = world.url()
  const env = { TOCSIN_URL: url, TOCSIN_API_KEY: SECRETS.admin }
  t.match(await tocsin(['whoami'], env), { exit: 0, out: /admin/ })
  t.match(await tocsin(['incidents', 'show', 'inc_none'], env), { exit: 1, err: /no incident "inc_none"/ })
  t.match(await tocsin(['rules', 'chek', 'x'], env), { exit: 2, err: /did you mean "rules check"/ })
  t.match(await tocsin(['incidents', '--statu', 'triggered'], env), { exit: 2, err: /did you mean "status"/ })
  t.match(await tocsin(['incidents', '--status', 'open'], env), { exit: 2, err: /triggered, acknowledged, resolved/ })
  t.match(await tocsin(['rules', 'check'], env), { exit: 2, err: /FILE is missing/ })
  t.match(await tocsin(['rules', 'check', '/no/such/file'], env), { exit: 2, err: /cannot be read/ })
  t.match(await tocsin(['whoami'], { TOCSIN_URL: url }), { exit: 2, err: /TOCSIN_API_KEY/ })
  const wrong = await tocsin(['whoami', '--json'], { ...env, TOCSIN_API_KEY: 'a-key-that-nobody-has' })
  t.match(wrong, { exit: 3, err: /API_KEY_INVALID/ })
  t.match(wrong.json(), { code: 'API_KEY_INVALID' })
  const viewer = (await world.api('POST', '/api-keys', { name: 'a viewer', role: 'viewer', projects: null })).body.key
  const quiet = ['silence', 'add', '-m', 'project=web', '--for', '1h', '-r', 'why']
  t.match(await tocsin(quiet, { ...env, TOCSIN_API_KEY: viewer }), { exit: 3, err: /at least a responder/ })

  const typed = await tocsin(['whoami', `--key=${SECRETS.admin}`], env)
  t.match(typed, { exit: 2, err: /never an argument/ })
  t.notOk((typed.out + typed.err).includes(SECRETS.admin))
  const kept = { TOCSIN_URL: url, TOCSIN_API_KEY_FILE: file('key', `${SECRETS.admin}\n`) }
  t.match(await tocsin(['whoami'], kept), { exit: 0 })
  const open = { ...kept, TOCSIN_API_KEY_FILE: file('open', SECRETS.admin, 0o644) }
  t.match(await tocsin(['whoami'], open), { exit: 2, err: /mode 644.*chmod 600/ })
  const inUrl = { ...env, TOCSIN_URL: url.replace('http://', 'http://user:pass@') }
  t.match(await tocsin(['whoami'], inUrl), { exit: 2, err: /takes? it out|take it out/ })
})

t.test('what cannot be reached, is no Tocsin, fails or is too slow', async t => {
  let asked: (string | undefined)[] = []
  let answers: { status: number; body: string; headers?: Record<string, string> }[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers['idempotency-key'] as string | undefined)
    const next = answers.shift()
    if (next === undefined) return
    request.resume().on('end', () => response.writeHead(next.status, next.headers).end(next.body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = { TOCSIN_URL: url, TOCSIN_API_KEY: 'some-key-of-the-tests' }
  const busy = {
    status: 503,
    body: '{"code":"STORE_UNAVAILABLE","title":"t","detail":"d"}',
    headers: { 'retry-after': '0' },
  }

  answers = [{ status: 200, body: '<html>' }]
  t.match(await tocsin(['whoami'], env), { exit: 5, err: /not as Tocsin does/ })
  answers = [{ status: 302, body: '', headers: { location: 'http://127.0.0.1:9/' } }]
  t.match(await tocsin(['whoami'], env), { exit: 5 }, 'a redirect is not followed with the key')
  asked = []
  answers = [busy, busy, { status: 200, body: '{"id":"s1","hid":0}' }]
  t.match(await tocsin(['silence', 'expire', 's1'], env), { exit: 0, out: /s1 ended/ })
  t.ok(asked.length === 3 && asked[0] !== undefined && new Set(asked).size === 1, 'a write is repeated under one key')
  answers = [busy, busy, busy]
  t.match(await tocsin(['whoami'], env), { exit: 5, err: /STORE_UNAVAILABLE/ })
  t.match(await tocsin(['whoami', '--timeout', '0.2'], env), { exit: 5, err: /takes too long/ })
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  t.match(await tocsin(['whoami'], env), { exit: 5, err: /cannot be reached \(ECONNREFUSED\)/ })
})
