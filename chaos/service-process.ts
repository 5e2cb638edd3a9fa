import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { systemClock } from '../src/platform/clock.ts'

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  /** The last lines it wrote. */
  said: string
}

/** The service as a process of its own, as `npm start` runs it. */
export interface ServiceProcess {
  /** When it was started, and when it said that it is ready; ms. */
  startedAt: number
  readyAt: number
  url: string
  pid: number
  /** Lines of warnings and errors so far, by what they say. */
  complaints: ReadonlyMap<string, number>
  ended: Promise<Ended>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<Ended>
  /** SIGTERM; resolves when it has stopped. */
  terminate(): Promise<Ended>
}

const ROOT = join(import.meta.dirname, '..')
const LINES_KEPT = 30

/** Starts it and waits until it is ready; throws with its last lines when it ends instead. */
export async function startServiceProcess(env: Record<string, string>): Promise<ServiceProcess> {
  const startedAt = systemClock.now()
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', TMPDIR: process.env.TMPDIR ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const complaints = new Map<string, number>()
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, said: lines.join('\n') }))
  })
  ended.catch(() => {})
  // It must not outlive a run that was cut short.
  const killAtExit = () => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  child.once('close', () => process.off('exit', killAtExit))

  function read(line: string): { url: string } | null {
    lines.push(line.slice(0, 1_000))
    if (lines.length > LINES_KEPT) lines.shift()
    if (!line.startsWith('{')) return null
    const { level, msg = '', url } = JSON.parse(line) as { level: string; msg?: string; url?: string }
    if (level === 'warn' || level === 'error') complaints.set(msg, (complaints.get(msg) ?? 0) + 1)
    return msg.startsWith('tocsin is ready') && url !== undefined ? { url } : null
  }
  const ready = new Promise<{ url: string }>(resolve => {
    const notice = (line: string) => {
      const found = read(line)
      if (found !== null) resolve(found)
    }
    createInterface({ input: child.stdout }).on('line', notice)
    createInterface({ input: child.stderr }).on('line', notice)
  })

  const first = await Promise.race([ready, ended])
  if (!('url' in first)) throw new Error(`the service ended (${first.code ?? first.signal}) instead:\n${first.said}`)
  const stopBy = (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    return ended
  }
  return {
    startedAt,
    readyAt: systemClock.now(),
    url: first.url,
    pid: child.pid ?? 0,
    complaints,
    ended,
    kill: () => stopBy('SIGKILL'),
    terminate: () => stopBy('SIGTERM'),
  }
}
