import type { Socket } from 'node:net'
import { TocsinError } from '../errors.ts'
import { PROBLEM_TYPE, problemOf } from './problem.ts'

/**
 * Fastify's clientErrorHandler: what is no HTTP never becomes a request, and is refused on its bare connection, in the
 * words of every other error. Node's codes: https://nodejs.org/api/http.html#event-clienterror
 */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  // Who has hung up, or was answered already, is told nothing.
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy()
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW'
  const detail = tooLong
    ? 'the headers are longer than 16 KiB together: send less of them'
    : 'the request cannot be read as HTTP/1.1: look at its first line, its headers and how its length is told'
  const body = JSON.stringify(problemOf(new TocsinError('BAD_REQUEST', detail)))
  const head = [
    'HTTP/1.1 400 Bad Request',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`)
}
