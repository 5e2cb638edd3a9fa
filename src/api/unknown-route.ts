import type { FastifyReply, FastifyRequest } from 'fastify'
import { TocsinError } from '../errors.ts'
import { MERGE_PATCH } from './json-body.ts'

export interface KnownRoute {
  method: string
  /** `/api/v1/routes/:id`. */
  url: string
}

function matches(url: string, path: string): boolean {
  const wanted = url.split('/')
  const given = path.split('/')
  return wanted.length === given.length && wanted.every((step, at) => step.startsWith(':') || step === given[at])
}

/**
 * For what no route answers: METHOD_NOT_ALLOWED with `Allow` where the address exists, else NOT_FOUND. OPTIONS tells the
 * same, and how a PATCH may be sent (RFC 5789 section 3.1).
 */
export function createUnknownRoute(known: readonly KnownRoute[]) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?')[0] ?? ''
    const there = [...new Set(known.filter(route => matches(route.url, path)).map(route => route.method))]
    const methods = [...there.flatMap(method => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS']
    if (there.length === 0) {
      throw new TocsinError('NOT_FOUND', `nothing is at ${request.method} ${path}: see /docs for what there is`)
    }
    reply.header('allow', methods.join(', '))
    if (there.includes('PATCH')) reply.header('accept-patch', `${MERGE_PATCH}, application/json`)
    if (request.method === 'OPTIONS') return reply.code(204).send()
    throw new TocsinError('METHOD_NOT_ALLOWED', `${path} knows ${methods.join(', ')}, not ${request.method}`)
  }
}
