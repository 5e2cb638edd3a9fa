import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

export interface Ended {
  exit: number
  out: string
  err: string
  /** With --json. */
  json(): ReturnType<typeof JSON.parse>
}

/** Runs the command line as people do: its own process, with only that environment. */
export function tocsin(args: readonly string[], env: Record<string, string>, input = ''): Promise<Ended> {
  return new Promise(resolve => {
    const child = execFile(
      'bin/tocsin',
      [...args],
      { env: { PATH: process.env.PATH, ...env }, maxBuffer: 64 * 1024 * 1024 },
      (error, out, err) => {
        const exit = error === null ? 0 : Number(error.code)
        resolve({ exit, out, err, json: () => JSON.parse(out) })
      },
    )
    child.stdin?.end(input)
  })
}

/** A folder of the test's own; answers the path of a file in it. */
export function folder(t: Test): (name: string, text: string, mode?: number) => string {
  const path = mkdtempSync(join(tmpdir(), 'tocsin-cli-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return (name, text, mode = 0o600) => {
    writeFileSync(join(path, name), text, { mode })
    return join(path, name)
  }
}
