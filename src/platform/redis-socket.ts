import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const ANSWER_WITHIN_MS = 300
const SILENT_WITHIN_MS = 15_000
const POLL_MS = 20

/** What a server on a unix socket says to PING: `busy` covers loading its file and not answering in a second. */
export function askSocket(path: string): Promise<'ready' | 'busy' | 'nobody'> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.setTimeout(ANSWER_WITHIN_MS)
    const settle = (answer: 'ready' | 'busy' | 'nobody') => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', data => settle(String(data).startsWith('+PONG') ? 'ready' : 'busy'))
    socket.once('timeout', () => settle('busy'))
    socket.once('error', () => settle('nobody'))
    socket.once('close', () => settle('nobody'))
  })
}

/** Resolves when nobody listens there any more; throws after 15 s: then an older server still has the files. */
export async function waitUntilSilent(path: string): Promise<void> {
  for (let waited = 0; (await askSocket(path)) !== 'nobody'; waited += POLL_MS) {
    if (waited >= SILENT_WITHIN_MS) {
      throw new Error(`a Redis server of an earlier run still listens on ${path}: end it, then start again`)
    }
    await sleep(POLL_MS)
  }
}
