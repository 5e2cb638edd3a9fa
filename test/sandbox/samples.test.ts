import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { float, serialize } from '../../src/sandbox/samples/serialize.ts'
import { verifySignature } from '../../src/sentry/signature.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const SCRIPT = join(import.meta.dirname, '../../scripts/sample.ts')

t.test('bytes are as Sentry writes them: compact, ASCII, floats kept', async t => {
  t.equal(
    serialize({ a: 'ü 😀\u007f', n: float(60), h: float(1.5), i: 60 }),
    '{"a":"\\u00fc \\ud83d\\ude00\\u007f","n":60.0,"h":1.5,"i":60}',
  )
  for (const [name, { build }] of Object.entries(SAMPLES)) {
    t.match(serialize(build(NOW)), /^[ -~]+$/, name)
    t.equal(serialize(build(NOW)), serialize(build(NOW)), 'the same for the same time')
  }
  t.match(serialize(SAMPLES['crash-free-critical']?.build(NOW)), /"time_window":60\.0,/)
})

/** The script as an operator runs it, without any of our own environment. */
function run(args: string[], env: Record<string, string> = {}): Promise<{ code: number | null; output: string }> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [SCRIPT, ...args], {
      env: { PATH: process.env.PATH ?? '', DATA_DIR: '/nonexistent', ...env },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
    child.on('close', code => resolve({ code, output }))
  })
}

t.test('npm run sample lists, signs and posts, and says what is missing', async t => {
  const received: { url: string | undefined; resource: unknown; verified: boolean }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { 'sentry-hook-signature': signature, 'sentry-hook-resource': resource } = request.headers
    received.push({
      url: request.url,
      resource,
      verified: verifySignature(Buffer.concat(chunks), [signature], ['sandbox-secret']),
    })
    response.writeHead(202).end('{"delivery":"b-0"}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const dir = mkdtempSync(join(tmpdir(), 'sample-'))
  t.teardown(() => {
    server.close()
    rmSync(dir, { recursive: true })
  })
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  writeFileSync(join(dir, 'sandbox.json'), JSON.stringify({ clientSecret: 'sandbox-secret', url }))

  const [listed, sent, given, unknown, secretless] = await Promise.all([
    run([]),
    run(['data-loss', '--times', '2'], { DATA_DIR: dir }),
    run(['issue-created', '--url', `${url}/webhooks/sentry/mobile`, '--secret', 'sandbox-secret']),
    run(['nonsense']),
    run(['data-loss']),
  ])
  for (const name of Object.keys(SAMPLES)) t.ok(listed.output.includes(name), name)
  t.match(sent, { code: 0, output: /202 \{"delivery":"b-0"\}/ })
  t.match(given.code, 0)
  t.match(unknown, { code: 2, output: /no sample "nonsense"/ })
  t.match(secretless, { code: 2, output: /SENTRY_CLIENT_SECRET/ })
  t.strictSame(received.map(({ url: path, resource }) => `${path} ${resource}`).sort(), [
    '/webhooks/sentry event_alert',
    '/webhooks/sentry event_alert',
    '/webhooks/sentry/mobile issue',
  ])
  t.ok(received.every(({ verified }) => verified))
  t.notMatch(sent.output, /sandbox-secret/)
})
