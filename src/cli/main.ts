import { randomUUID } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { EXIT } from './exit-code.ts'
import { run } from './run.ts'

// `tocsin rules export | head` ends early, which is nobody's mistake. What was begun goes on: an apply is not left half way.
let read = true
let unwritten = false
process.stdout.on('error', error => {
  if (!read) return
  read = false
  const code = 'code' in error ? error.code : error.message
  if (code === 'EPIPE') return
  process.stderr.write(`tocsin: the answer could not be written (${code})\n`)
  unwritten = true
  process.exitCode = EXIT.unreachable
})
process.stderr.on('error', () => {})

/** The command line's process: alone in this room it reads `process`. */
const exit = await run({
  argv: process.argv.slice(2),
  env: process.env,
  readFile: async path => utf8(await readFile(path)),
  modeOf: async path => (await stat(path)).mode,
  stdin: async () => utf8(await buffer(process.stdin)),
  out: words => void (read && process.stdout.write(words)),
  err: words => void process.stderr.write(words),
  terminal: process.stdout.isTTY === true,
  newId: randomUUID,
  sleep: async ms => void (await sleep(ms)),
})
process.exitCode = unwritten ? EXIT.unreachable : exit

/** Throws a TypeError for bytes that are none: else they would be published as replacement characters. */
function utf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}
