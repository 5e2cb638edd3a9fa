import { connect, type Socket } from 'node:net'

/** One keep-alive connection, one request on it at a time: as little client as can be, so that it is the door that is measured. */
export interface Connection {
  /** Sends a whole request and resolves with the answer's status; rejects when the connection breaks. */
  post(request: Buffer): Promise<number>
  close(): void
}

const CLOSING_BRACE = '}'.charCodeAt(0)

export async function openConnection(port: number): Promise<Connection> {
  const socket = await connected(port)
  socket.setNoDelay(true)
  let text = ''
  let waiting: { resolve(status: number): void; reject(error: Error): void } | null = null

  function answered(status: number): void {
    text = ''
    const { resolve } = waiting ?? { resolve: () => {} }
    waiting = null
    resolve(status)
  }

  socket.on('data', chunk => {
    // What nearly always comes: one whole answer. Its 202 stands at a fixed place, and the JSON ends with a brace.
    const whole = text === '' && Buffer.isBuffer(chunk) && chunk.at(-1) === CLOSING_BRACE
    if (whole && chunk.toString('latin1', 9, 12) === '202') return answered(202)
    text += chunk.toString('latin1')
    const end = text.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? '0')
    if (text.length >= end + 4 + length) answered(Number(text.slice(9, 12)))
  })
  socket.on('error', error => waiting?.reject(error))
  socket.on('close', () => waiting?.reject(new Error('the connection was closed before the answer came')))

  return {
    post: request =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}
