import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Redis } from 'ioredis'
import t from 'tap'
import { checkDurability } from '../../src/platform/durability.ts'
import { startEmbeddedRedis } from '../../src/platform/embedded-redis.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { askSocket, waitUntilSilent } from '../../src/platform/redis-socket.ts'
import { until } from '../support/until.ts'

const log = createLogger('silent', () => [])
const room = join(import.meta.dirname, '../../src/platform')

const linuxOnly = existsSync('/proc/self/stat') ? false : 'looks into /proc'

/** A server whose parent died stays in the table of processes (state Z) where nobody collects it. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

t.test('it is durable as shipped, keeps its files over an orderly stop, and leaves no socket behind', async t => {
  const dataDir = join(t.testdir(), 'data')
  const first = await startEmbeddedRedis({ dataDir, log })
  const client = new Redis({ path: first.socketPath })
  await client.set('kept', 'yes')
  t.same(
    (await checkDurability(client)).map(check => check.ok),
    [true, true, true],
  )
  client.disconnect()
  const pid = first.pid()
  await first.stop()
  t.notOk(isAlive(pid))
  t.notOk(existsSync(dirname(first.socketPath)))

  const second = await startEmbeddedRedis({ dataDir, log, fsync: 'everysec' })
  const again = new Redis({ path: second.socketPath })
  t.equal(await again.get('kept'), 'yes')
  t.same(
    (await checkDurability(again)).filter(check => !check.ok).map(check => check.name),
    ['appendfsync'],
  )
  again.disconnect()
  await second.stop()
  await second.stop()
})

t.test('killed with SIGKILL it is back on the same socket within a second, nothing lost', async t => {
  const dataDir = join(t.testdir(), 'data')
  const embedded = await startEmbeddedRedis({ dataDir, log })
  t.teardown(() => embedded.stop())
  const client = new Redis({ path: embedded.socketPath, maxRetriesPerRequest: null, retryStrategy: () => 10 })
  client.on('error', () => {})
  t.teardown(() => client.disconnect())
  await client.set('acknowledged', '1')
  for (const crash of [1, 2]) {
    const pid = embedded.pid()
    process.kill(pid, 'SIGKILL')
    await until(() => embedded.restarts() === crash, 5000)
    t.not(embedded.pid(), pid)
    t.equal(await client.get('acknowledged'), '1')
  }
})

t.test(
  'with only the shell between us and the server killed, there are never two servers',
  { skip: linuxOnly },
  async t => {
    const embedded = await startEmbeddedRedis({ dataDir: join(t.testdir(), 'data'), log })
    t.teardown(() => embedded.stop())
    const pid = embedded.pid()
    const keeper = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1])
    process.kill(keeper, 'SIGKILL')
    await until(() => embedded.restarts() === 1, 5000)
    t.notOk(isAlive(pid))
    t.ok(isAlive(embedded.pid()))
  },
)

t.test(
  'when the process is killed with SIGKILL its server ends, and the next start waits for that',
  { skip: linuxOnly },
  async t => {
    const dataDir = join(t.testdir(), 'data')
    const code = `
    const { startEmbeddedRedis } = await import(${JSON.stringify(join(room, 'embedded-redis.ts'))})
    const { createLogger } = await import(${JSON.stringify(join(room, 'logger.ts'))})
    const redis = await startEmbeddedRedis({ dataDir: ${JSON.stringify(dataDir)}, log: createLogger('silent', () => []) })
    console.log(JSON.stringify([redis.pid(), redis.socketPath]))`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.teardown(() => parent.kill('SIGKILL'))
    const [line] = await once(parent.stdout, 'data')
    const [pid, socketPath] = JSON.parse(String(line))
    t.ok(isAlive(pid))
    parent.kill('SIGKILL')
    const next = await startEmbeddedRedis({ dataDir, log })
    t.notOk(isAlive(pid), 'the former server was gone before the next was ready')
    await until(() => !existsSync(dirname(socketPath)), 5000)
    await next.stop()
  },
)

t.test('files that it cannot read are a clear error with the end of its log, and no server is left', async t => {
  const manifest = 'file appendonly.aof.1.base.rdb seq 1 type b\n'
  const broken = { 'appendonly.aof.1.base.rdb': 'this is no data', 'appendonly.aof.manifest': manifest }
  const dataDir = t.testdir({ data: { redis: { appendonlydir: broken } } })
  await t.rejects(
    startEmbeddedRedis({ dataDir: join(dataDir, 'data'), log }),
    /ended while it was starting.*redis\.log/s,
  )
})

t.test('a server of an earlier run that does not end is not joined', async t => {
  // A socket's path must be short.
  const dir = mkdtempSync(join(tmpdir(), 'tr-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  mkdirSync(join(dir, 'data'))
  const path = join(dir, 'old')
  const server = createServer(socket => socket.resume()).listen(path)
  await once(server, 'listening')
  t.equal(await askSocket(path), 'busy', 'it accepts and says nothing')
  server.close()
  writeFileSync(join(dir, 'data', 'redis.socket'), `${path}\n`)
  await waitUntilSilent(path)
  t.equal(await askSocket(path), 'nobody')
  const embedded = await startEmbeddedRedis({ dataDir: join(dir, 'data'), log })
  await embedded.stop()
})
