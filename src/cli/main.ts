import { randomUUID } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from './run.ts'

// `tocsin rules export | head` ends early, which is nobody's mistake.
process.stdout.on('error', error => {
  if ('code' in error && error.code === 'EPIPE') process.exit(0)
  throw error
})

/** The command line's process: alone in this room it reads `process`. */
process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  readFile: path => readFile(path, 'utf8'),
  modeOf: async path => (await stat(path)).mode,
  stdin: () => text(process.stdin),
  out: words => void process.stdout.write(words),
  err: words => void process.stderr.write(words),
  terminal: process.stdout.isTTY === true,
  newId: randomUUID,
  sleep: async ms => void (await sleep(ms)),
})
