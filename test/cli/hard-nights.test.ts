import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { unanswered } from '../../src/cli/unanswered.ts'
import { SECRETS, startWorld } from '../support/world.ts'
import { folder, tocsin } from './tocsin.ts'

/** Answers the exit code and what was said, where nobody reads standard output from the first byte on. */
function unread(args: readonly string[], env: Record<string, string>): Promise<{ exit: number | null; err: string }> {
  return new Promise(resolve => {
    const child = spawn('bin/tocsin', [...args], { env: { PATH: process.env.PATH, ...env } })
    child.stdout.destroy()
    child.stdin.end()
    let err = ''
    child.stderr.on('data', bytes => {
      err += bytes
    })
    child.on('close', exit => resolve({ exit, err }))
  })
}

async function serverOf(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

t.test('what was begun is finished, though nobody reads the answer', async t => {
  const world = await startWorld()
  t.teardown(() => world.stop())
  const file = folder(t)
  const env = { TOCSIN_URL: world.url(), TOCSIN_API_KEY: SECRETS.admin }
  const { out } = await tocsin(['rules', 'export'], env)
  const slower = file('slower.yaml', out.replace('pollEvery: PT1M', 'pollEvery: PT2M'))
  t.match(await unread(['rules', 'diff', slower], env), { exit: 1, err: '' }, 'something differs, read or not')
  t.match(await unread(['rules', 'apply', slower], env), { exit: 0, err: '' })
  t.equal((await world.api('GET', '/rules')).body.number, 2)

  const latin = file('latin.yaml', '')
  writeFileSync(latin, Buffer.from(out.replace('- live', '- b\u00fcro'), 'latin1'))
  t.match(await tocsin(['rules', 'apply', latin], env), { exit: 2, err: /latin.yaml is not UTF-8/ })
  const empty = file('empty.yaml', 'apiVersion: tocsin/v1\nrules:\n')
  t.match(await tocsin(['rules', 'check', empty], env), { exit: 1, out: /empty.yaml:2:1: \/rules/ })
})

t.test(
  'a service that does not know the question is no difference, and the wait is the one that was asked for',
  async t => {
    const older = await serverOf((request, response) => {
      response.writeHead(404, { 'content-type': 'application/problem+json' })
      const detail = `nothing is at ${request.method} ${request.url?.split('?')[0]}: see /docs for what there is`
      response.end(
        JSON.stringify({ title: 'There is no such thing', status: 404, detail, code: 'NOT_FOUND', errors: [] }),
      )
    })
    t.teardown(() => older.server.close())
    const file = folder(t)('rules.yaml', 'apiVersion: tocsin/v1\n')
    const env = { TOCSIN_URL: older.url, TOCSIN_API_KEY: SECRETS.admin }
    t.match(await tocsin(['rules', 'diff', file], env), { exit: 5, err: /older than this command line/ })

    const slow = await serverOf(() => {})
    t.teardown(() => {
      slow.server.closeAllConnections()
      slow.server.close()
    })
    const waiting = await tocsin(['rules', 'apply', file, '--timeout', '0.2'], { ...env, TOCSIN_URL: slow.url })
    t.match(waiting, { exit: 5, err: /too long/ })
    const acting = await tocsin(['incidents', 'ack', 'inc_1', '--timeout', '0.2'], { ...env, TOCSIN_URL: slow.url })
    t.match(acting, { exit: 5, err: /may have been done/ })
  },
)

t.test('an id is an id, and a certificate that is not trusted says what to do', async t => {
  const env = { TOCSIN_URL: 'http://127.0.0.1:9', TOCSIN_API_KEY: SECRETS.admin }
  for (const id of ['..', '.', ''])
    t.match(await tocsin(['incidents', 'ack', id], env), { exit: 2, err: /id/ }, `"${id}"`)
  const said = (code: string) => unanswered(new TypeError('fetch failed', { cause: { code } }), true)
  t.match(said('SELF_SIGNED_CERT_IN_CHAIN'), /NODE_EXTRA_CA_CERTS/)
  t.match(said('ERR_TLS_CERT_ALTNAME_INVALID'), /another name/)
  t.match(said('ECONNREFUSED'), /cannot be reached \(ECONNREFUSED\)/)
})

t.test('whoever asks a group for help sees all of it', async t => {
  for (const args of [
    ['help', 'silence'],
    ['silence', '--help'],
    ['silence', '-h'],
  ]) {
    const { exit, out } = await tocsin(args, {})
    t.equal(exit, 0)
    for (const one of ['silence add', 'silence list', 'silence expire'])
      t.ok(out.includes(one), `${args.join(' ')}: ${one}`)
  }
  t.match(await tocsin(['rules', '--help'], {}), { exit: 0, out: /rules rollback/ })
})
