import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

const FIND_REDIS = join(import.meta.dirname, '../../scripts/find-redis.sh')

/** A private Redis of the test's own, on a short unix socket, append-only like the shipped one. Gone with `stop()`. */
export interface TestRedis {
  /** Socket path: `new Redis({ path })`. */
  path: string
  client(): Redis
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>
  /** Starts it again on the same files. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface TestRedisOptions {
  fsync?: 'always' | 'everysec'
  /** More of the server's own settings, e.g. `['--appendonly', 'no']`. */
  settings?: readonly string[]
}

export async function startTestRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const binary = execFileSync('sh', [FIND_REDIS], { encoding: 'utf8' }).trim()
  const dir = mkdtempSync(join(tmpdir(), 'tr-'))
  const path = join(dir, 's')
  const clients: Redis[] = []
  let server: ReturnType<typeof spawn> | null = null

  async function start(): Promise<void> {
    const args = ['--port', '0', '--unixsocket', path, '--dir', dir, '--appendonly', 'yes', '--save', '']
    args.push('--appendfsync', options.fsync ?? 'everysec', '--maxmemory-policy', 'noeviction', '--hz', '100')
    args.push(...(options.settings ?? []))
    const started = spawn(binary, args, { argv0: 'redis-server', stdio: 'ignore' })
    server = started
    const probe = new Redis({ path, lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: 1 })
    probe.on('error', () => {})
    while ((await probe.ping().catch(() => '')) !== 'PONG') {
      if (started.exitCode !== null) {
        probe.disconnect()
        throw new Error(`the test's Redis did not start: ${args.join(' ')}`)
      }
      await sleep(10)
    }
    probe.disconnect()
  }

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const running = server
    if (running === null || running.exitCode !== null || running.signalCode !== null) return
    const gone = new Promise(resolve => running.once('exit', resolve))
    running.kill(signal)
    await gone
  }

  await start()
  return {
    path,
    client() {
      const client = new Redis({ path, maxRetriesPerRequest: null })
      client.on('error', () => {})
      clients.push(client)
      return client
    },
    kill: () => kill(),
    start,
    async stop() {
      for (const client of clients) client.disconnect()
      await kill('SIGTERM')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
