import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StandInServer {
  /** `http://127.0.0.1:<port>` */
  url: string
  /** Ends every connection, also those that hang. */
  close(): Promise<void>
}

/** A loopback HTTP server that hands each request over with its whole body; larger than `mostBytes` is cut off with 413. */
export async function startStandInServer(
  options: { port?: number; host?: string; mostBytes: number },
  handle: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<StandInServer> {
  const host = options.host ?? '127.0.0.1'
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= options.mostBytes) chunks.push(chunk)
    })
    request.on('error', () => {})
    response.on('error', () => {})
    request.on('end', () => {
      if (size <= options.mostBytes) return handle(request, Buffer.concat(chunks).toString(), response)
      response.writeHead(413, { 'content-type': 'text/plain' }).end('too large')
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
