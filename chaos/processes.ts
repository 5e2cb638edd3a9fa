import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Pids of all processes whose command line holds that text. By the command line and not by pid: a process that ended
 * unwaited for still has a pid, but no command line.
 */
export function processesNaming(text: string): number[] {
  const found: number[] = []
  for (const { pid, command } of existsSync('/proc/self/cmdline') ? fromProc() : fromPs()) {
    if (command.includes(text) && pid !== process.pid) found.push(pid)
  }
  return found
}

/** Resolves with what is left of them after at most `withinMs`; none: at once. */
export async function leftOver(text: string, withinMs: number): Promise<number[]> {
  const end = performance.now() + withinMs
  let left = processesNaming(text)
  while (left.length > 0 && performance.now() < end) {
    await sleep(20)
    left = processesNaming(text)
  }
  return left
}

function* fromProc(): Generator<{ pid: number; command: string }> {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      yield { pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') }
    } catch {
      // It ended while we looked.
    }
  }
}

function* fromPs(): Generator<{ pid: number; command: string }> {
  for (const line of execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n')) {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    if (pid !== undefined && command !== undefined) yield { pid: Number(pid), command }
  }
}
