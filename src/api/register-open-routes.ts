import type { FastifyInstance } from 'fastify'
import { docsPage } from './docs-page.ts'
import type { Operations } from './operations.ts'

/** No script, nothing from elsewhere. */
const DOCS_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** The routes of open-routes.ts: no key, no secrets, probes unlimited. */
export function registerOpenRoutes(
  fastify: FastifyInstance,
  { operations, openapi }: { operations: Operations; openapi: string },
): void {
  const page = docsPage()
  // Probes come often, and many from one address: limiting them would look like an outage.
  const unlimited = { config: { rateLimit: false as const } }
  fastify.get('/healthz', unlimited, async () => ({ status: 'ok' }))
  fastify.get('/readyz', unlimited, async (_request, reply) => {
    const readiness = await operations.readiness()
    return reply.code(readiness.ready ? 200 : 503).send(readiness)
  })
  fastify.get('/metrics', async (_request, reply) => {
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await operations.metrics())
  })
  fastify.get('/openapi.yaml', async (_request, reply) => reply.type('application/yaml; charset=utf-8').send(openapi))
  fastify.get('/docs', async (_request, reply) => {
    return reply.header('content-security-policy', DOCS_POLICY).type('text/html; charset=utf-8').send(page)
  })
}
