import { z } from 'zod'
import type { ErrorCode } from '../errors.ts'

export const readinessSchema = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), reason: z.string() })),
})
export const aliveSchema = z.object({ status: z.literal('ok') })

/** What may be read without a key. None of it tells a secret. */
export interface OpenRoute {
  id: string
  path: string
  summary: string
  contentType: string
  /** null: text. */
  schema: z.ZodType | null
  statuses: { status: number; says: string }[]
  errors: ErrorCode[]
  example: unknown
}

export const openRoutes: readonly OpenRoute[] = [
  {
    id: 'getHealth',
    path: '/healthz',
    summary: 'The process is alive',
    contentType: 'application/json',
    schema: aliveSchema,
    statuses: [{ status: 200, says: 'Alive' }],
    errors: ['BAD_REQUEST'],
    example: { status: 'ok' },
  },
  {
    id: 'getReadiness',
    path: '/readyz',
    summary: 'Every dependency, each with a reason; rules that cannot fire; doors that are closed',
    contentType: 'application/json',
    schema: readinessSchema,
    statuses: [
      { status: 200, says: 'Ready: webhooks are stored and pages leave' },
      { status: 503, says: 'Not ready: see the checks' },
    ],
    errors: ['BAD_REQUEST'],
    example: { ready: true, checks: [{ name: 'redis', ok: true, reason: 'answers, appendfsync always' }] },
  },
  {
    id: 'getMetrics',
    path: '/metrics',
    summary: 'Prometheus metrics',
    contentType: 'text/plain',
    schema: null,
    statuses: [{ status: 200, says: 'Prometheus text format' }],
    errors: ['TOO_MANY_REQUESTS'],
    example: 'tocsin_webhooks_total{resource="issue",outcome="opened"} 3\n',
  },
  {
    id: 'getOpenApi',
    path: '/openapi.yaml',
    summary: 'This document',
    contentType: 'application/yaml',
    schema: null,
    statuses: [{ status: 200, says: 'OpenAPI 3.1' }],
    errors: ['TOO_MANY_REQUESTS'],
    example: 'openapi: 3.1.0\n',
  },
  {
    id: 'getDocs',
    path: '/docs',
    summary: 'This document, for people',
    contentType: 'text/html',
    schema: null,
    statuses: [{ status: 200, says: 'A page without scripts' }],
    errors: ['TOO_MANY_REQUESTS'],
    example: '<!doctype html>',
  },
]
