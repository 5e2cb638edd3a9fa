import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

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

export async function startTestRedis(options: { fsync?: 'always' | 'everysec' } = {}): Promise<TestRedis> {
  const dir = mkdtempSync(join(tmpdir(), 'tr-'))
  const path = join(dir, 's')
  const clients: Redis[] = []
  let server: ReturnType<typeof spawn> | null = null

  async function start(): Promise<void> {
    const args = ['--port', '0', '--unixsocket', path, '--dir', dir, '--appendonly', 'yes', '--save', '']
    args.push('--appendfsync', options.fsync ?? 'everysec', '--maxmemory-policy', 'noeviction', '--hz', '100')
    server = spawn('/usr/bin/redis-check-rdb', args, { argv0: 'redis-server', stdio: 'ignore' })
    const probe = new Redis({ path, lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: 200 })
    probe.on('error', () => {})
    while ((await probe.ping().catch(() => '')) !== 'PONG') await sleep(10)
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
