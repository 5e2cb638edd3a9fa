import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { TocsinError } from '../src/errors.ts'
import { lockDataDir } from '../src/platform/data-dir.ts'
import { explainStartFailure } from '../src/start-failure.ts'

const MAIN = join(import.meta.dirname, '../src/main.ts')
const places = { host: '127.0.0.1', port: 80, dataDir: './data' }
const failed = (fields: object) => Object.assign(new Error('listen: it failed'), fields)

/** What a start prints on standard error, and how it exits. */
async function start(env: Record<string, string>): Promise<{ code: number; said: string }> {
  const child: ChildProcess = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env.PATH ?? '',
      SANDBOX: 'off',
      PORT: '0',
      LOG_LEVEL: 'error',
      SENTRY_CLIENT_SECRET: 's'.repeat(24),
      PAGERDUTY_ROUTING_KEY: 'r'.repeat(32),
      ADMIN_API_KEY: 'k'.repeat(24),
      ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', chunk => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  return { code, said }
}

t.test('a DATA_DIR that another process holds is said in one line', async t => {
  const dir = t.testdir()
  const lock = lockDataDir(dir, process.pid)
  t.teardown(() => lock.release())
  t.match(await start({ DATA_DIR: dir }), {
    code: 1,
    said: new RegExp(`^tocsin: DATA_DIR .* is in use by process ${process.pid}: stop it[^\n]*\n$`),
  })
})

t.test('a port that is taken is said in one line', async t => {
  const taken = createServer()
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
  t.teardown(() => taken.close())
  const address = taken.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  t.match(await start({ DATA_DIR: t.testdir(), PORT: port }), {
    code: 1,
    said: new RegExp(`^tocsin: PORT ${port} on 127\\.0\\.0\\.1 is in use: [^\n]*\n$`),
  })
})

t.test('a Redis that cannot be reached is said in one line, without its password', async t => {
  t.match(await start({ DATA_DIR: t.testdir(), REDIS_URL: 'redis://:hush-hush@127.0.0.1:1' }), {
    code: 1,
    said: /^tocsin: REDIS_URL cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:1\n$/,
  })
})

t.test('each fault of the surroundings has its own words; any other error keeps its whole story', async t => {
  const cases: [unknown, RegExp | null][] = [
    [new Error('DATA_DIR /x is in use by process 7: stop it'), /^DATA_DIR \/x is in use by process 7: stop it$/],
    [new TocsinError('STORE_UNAVAILABLE', 'REDIS_URL cannot be reached: refused'), /^REDIS_URL cannot be reached/],
    [failed({ code: 'EADDRINUSE', syscall: 'listen' }), /^PORT 80 on 127\.0\.0\.1 is in use/],
    [failed({ code: 'EACCES', syscall: 'listen' }), /^PORT 80 may not be opened by this user/],
    [failed({ code: 'EADDRNOTAVAIL', syscall: 'listen' }), /^HOST 127\.0\.0\.1 is no address of this machine/],
    [failed({ code: 'EWHATEVER', syscall: 'listen' }), /cannot be listened on \(EWHATEVER\)/],
    [failed({ code: 'EACCES', syscall: 'mkdir' }), /^DATA_DIR \.\/data cannot be used: listen: it failed\. Give it/],
    [failed({ code: 'ERR_SQLITE_ERROR', errcode: 14 }), /^DATA_DIR \.\/data cannot be used/],
    [new TocsinError('INTERNAL', 'a fault of ours'), null],
    [new TypeError('x is undefined'), null],
    ['no error at all', null],
  ]
  for (const [error, words] of cases) {
    const said = explainStartFailure(error, places)
    if (words === null) t.equal(said, null)
    else t.match(said, words)
  }
})
