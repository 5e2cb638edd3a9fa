import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from './logger.ts'
import { findBinary, type Keeper, spawnKeeper } from './redis-keeper.ts'
import { askSocket, waitUntilSilent } from './redis-socket.ts'

export interface EmbeddedRedis {
  /** Stays the same over restarts of the server. */
  socketPath: string
  /** The server's process, 0 while it is down. */
  pid(): number
  /** How often the server died under us and was started again. */
  restarts(): number
  /** Ends the server in order; its files stay. */
  stop(): Promise<void>
}

const RESTART_DELAY_MS = 50
const RESTART_DELAY_MAX_MS = 1000

/**
 * Starts a private Redis (or Valkey) on a unix socket, append-only file under `dataDir`, and keeps it running. The
 * caller must hold the lock on `dataDir`. Resolves when it answers; throws when there is no binary or it cannot start.
 */
export async function startEmbeddedRedis(options: {
  dataDir: string
  log: Log
  /** `always` (default): an acknowledged webhook survives a power cut. */
  fsync?: 'always' | 'everysec'
}): Promise<EmbeddedRedis> {
  const { log } = options
  const filesDir = join(options.dataDir, 'redis')
  const logFile = join(filesDir, 'redis.log')
  mkdirSync(filesDir, { recursive: true, mode: 0o700 })
  const binary = await findBinary()
  await waitForFormerServer(options.dataDir)

  const socketDir = makeSocketDir()
  const socketPath = join(socketDir, 's')
  writeFileSync(join(options.dataDir, 'redis.socket'), `${socketPath}\n`)
  // redis-check-rdb is the server when it is called by that name.
  const server = join(socketDir, 'redis-server')
  symlinkSync(binary, server)
  const command = [server, ...serverArguments(socketPath, filesDir, options.fsync ?? 'always')]

  let keeper: Keeper | null = null
  let serverPid = 0
  let restarts = 0
  let stopping = false

  async function start(): Promise<void> {
    const started = spawnKeeper(socketDir, logFile, command)
    keeper = started
    const exited = once(started, 'exit')
    const [line] = await Promise.race([once(started.stdout, 'data'), exited])
    await untilReady(socketPath, started, logFile)
    serverPid = Number(String(line).trim())
    void exited.then(() => restart())
  }

  async function restart(): Promise<void> {
    serverPid = 0
    for (let wait = RESTART_DELAY_MS; !stopping; wait = Math.min(wait * 2, RESTART_DELAY_MAX_MS)) {
      log.error({ restarts }, 'the embedded Redis died; starting it again on the same files')
      keeper?.stdin.destroy()
      try {
        // When only the shell was killed, its watcher has yet to end the server: never two on one file.
        await waitUntilSilent(socketPath)
        if (stopping) return
        await start()
        restarts += 1
        log.info({ restarts, pid: serverPid }, 'the embedded Redis is back')
        return
      } catch (error) {
        log.error({ err: error }, 'the embedded Redis cannot be started; trying again')
        await sleep(wait)
      }
    }
  }

  try {
    await start()
  } catch (error) {
    rmSync(socketDir, { recursive: true, force: true })
    throw error
  }
  return {
    socketPath,
    pid: () => serverPid,
    restarts: () => restarts,
    async stop() {
      stopping = true
      if (keeper !== null && keeper.exitCode === null && keeper.signalCode === null) {
        const exited = once(keeper, 'exit')
        keeper.stdin.destroy()
        await exited
      }
      rmSync(socketDir, { recursive: true, force: true })
    },
  }
}

/** A server whose parent was killed is still ending; it must be gone before another opens its files. */
async function waitForFormerServer(dataDir: string): Promise<void> {
  let former: string
  try {
    former = readFileSync(join(dataDir, 'redis.socket'), 'utf8').trim()
  } catch {
    return
  }
  await waitUntilSilent(former)
}

/** Short: a socket path of 108 characters or more cannot be bound. */
function makeSocketDir(): string {
  const base = tmpdir().length > 80 ? '/tmp' : tmpdir()
  return mkdtempSync(join(base, 'tocsin-'))
}

function serverArguments(socketPath: string, filesDir: string, fsync: string): string[] {
  const settings = {
    port: '0',
    unixsocket: socketPath,
    unixsocketperm: '700',
    dir: filesDir,
    appendonly: 'yes',
    appendfsync: fsync,
    save: '',
    'maxmemory-policy': 'noeviction',
    // Delayed jobs are late by 26 ms (p50) instead of 75.
    hz: '100',
    loglevel: 'warning',
  }
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
}

/** Loading a large append-only file may take long: waits as long as the server lives. */
async function untilReady(socketPath: string, keeper: Keeper, logFile: string): Promise<void> {
  while ((await askSocket(socketPath)) !== 'ready') {
    if (keeper.exitCode !== null || keeper.signalCode !== null) {
      throw new Error(`the embedded Redis ended while it was starting; the end of ${logFile}:\n${lastLines(logFile)}`)
    }
    await sleep(10)
  }
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n')
  } catch {
    return '(no log)'
  }
}
