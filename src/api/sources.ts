import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import { type SourceSecret, sourceSchema, sourceSecretSchema } from '../sentry/source.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { EXAMPLE_AT } from './examples.ts'
import { managedBySchema, readOnly, requirePathId, writtenOnly } from './managed.ts'
import type { Operations } from './operations.ts'
import { listed, listQuery, pageSchema, searchFilter } from './paging.ts'
import { mergePatchSchema, patched } from './patched.ts'
import { idParams } from './rule-rows.ts'

export const sourceHealthSchema = z.object({
  lastWebhookAt: z.number().nullable(),
  lastPollAt: z.number().nullable().describe("The last time Sentry's API answered what webhooks may have missed"),
  behindSeconds: z.number().nullable().describe('How far polling is behind Sentry; null: it has not begun'),
  clockSkewSeconds: z.number().nullable().describe("Sentry's clock minus ours; null: not known"),
  rulesThatCannotFire: z.array(z.object({ rule: z.string(), reason: z.string() })),
  api: z.object({
    configured: z.boolean(),
    breaker: z.enum(['closed', 'open', 'half-open']),
    lastError: z.string().nullable(),
    errorRate: z.number().nullable().describe('Failed requests of all in the last 10 minutes; null: there were none'),
    lastAnswerAt: z.number().nullable(),
  }),
})

/** What is answered: not strict, so that anything unexpected is left out rather than told. */
export const sourceViewSchema = z.object({
  ...sourceSchema.shape,
  managedBy: managedBySchema,
  secrets: z.array(z.string()).describe('Names of the secrets that are set'),
  health: sourceHealthSchema,
})

const secretSchema = z.strictObject({
  clientSecrets: sourceSecretSchema.shape.clientSecrets.optional(),
  apiToken: z.string().min(1).nullable().optional(),
})

/** What is sent: what GET answered may be sent back, its read-only members are overlooked. */
export const sourceWriteSchema = z.strictObject({
  ...sourceSchema.shape,
  ...readOnly,
  health: readOnly.managedBy,
  secret: writtenOnly(secretSchema),
})

const example = {
  id: 'mobile-team',
  name: 'Mobile apps',
  url: 'https://sentry.io',
  organization: 'acme',
  installation: '7a485448-a9e2-4c85-8a3c-4f44175783c9',
  ownApp: null,
  projects: ['ios', 'android'],
}
const exampleView = {
  ...example,
  managedBy: 'api' as const,
  secrets: ['apiToken', 'clientSecrets'],
  health: {
    lastWebhookAt: EXAMPLE_AT,
    lastPollAt: EXAMPLE_AT,
    behindSeconds: 12,
    clockSkewSeconds: 0,
    rulesThatCannotFire: [{ rule: 'unhandled-spike', reason: 'error events are not sent to this source' }],
    api: {
      configured: true,
      breaker: 'closed' as const,
      lastError: null,
      errorRate: 0.02,
      lastAnswerAt: EXAMPLE_AT,
    },
  },
}
const exampleBody = {
  ...example,
  secret: {
    clientSecrets: ['<client secret of the Sentry integration>'],
    apiToken: '<token of the Sentry integration>',
  },
}

/** Only what was given: an absent member keeps what is stored. */
function givenSecret(secret: z.output<typeof secretSchema> | undefined): Partial<SourceSecret> | undefined {
  if (secret === undefined) return undefined
  const { clientSecrets, apiToken } = secret
  return { ...(clientSecrets === undefined ? {} : { clientSecrets }), ...(apiToken === undefined ? {} : { apiToken }) }
}

async function view(operations: Operations, id: string) {
  const found = await operations.sources.get(id)
  if (found === null) throw new TocsinError('NOT_FOUND', `there is no source "${id}"`)
  return { body: sourceViewSchema.parse(found.value), version: found.version }
}

/** Answers what was stored by it, whoever changes or removes it next. */
async function save(operations: Operations, body: z.output<typeof sourceWriteSchema>, expected: string | null) {
  const { secret, managedBy: _, secrets: __, health: ___, ...source } = body
  const before = await asKept(operations, source.id)
  const { value, version } = await operations.sources.put(source, givenSecret(secret), expected)
  const saved = sourceViewSchema.parse(value)
  const after = { ...kept(saved), secretsGiven: Object.keys(givenSecret(secret) ?? {}) }
  return { body: saved, version, change: { what: `source ${source.id}`, before, after } }
}

/** Its health comes and goes by itself. */
function kept({ health: _, ...rest }: z.output<typeof sourceViewSchema>) {
  return rest
}

async function asKept(operations: Operations, id: string) {
  const found = await operations.sources.get(id)
  return found === null ? null : kept(sourceViewSchema.parse(found.value))
}

const one = { tag: 'sources', params: idParams, query: NOTHING } as const
const named = { id: example.id }

/** Sources: whose webhooks are believed. Secrets go in and never come out. */
export const sourceEndpoints: Endpoint[] = [
  endpoint({
    id: 'listSources',
    method: 'GET',
    path: '/sources',
    tag: 'sources',
    summary: 'Every source, by id, with its health and the rules that cannot fire with it',
    params: NOTHING,
    query: listQuery(['id', '-id', 'name', '-name'], searchFilter),
    body: NO_BODY,
    response: pageSchema(sourceViewSchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [exampleView], next: null } },
    async handle({ operations, query }) {
      const all = (await operations.sources.list()).map(({ value }) => sourceViewSchema.parse(value))
      return { body: listed(all, { ...query, sort: query.sort ?? 'id' }) }
    },
  }),
  endpoint({
    id: 'createSource',
    method: 'POST',
    path: '/sources',
    tag: 'sources',
    summary: 'Make a source',
    role: 'admin',
    description: 'Its webhooks come to /webhooks/sentry/{id}.',
    params: NOTHING,
    query: NOTHING,
    body: sourceWriteSchema,
    etag: true,
    status: 201,
    response: sourceViewSchema,
    errors: ['CONFLICT'],
    example: { body: exampleBody, response: exampleView },
    async handle({ operations, body }) {
      return { ...(await save(operations, body, null)), location: `/api/v1/sources/${body.id}` }
    },
  }),
  endpoint({
    ...one,
    id: 'getSource',
    method: 'GET',
    path: '/sources/:id',
    summary: 'One source, with its health',
    body: NO_BODY,
    etag: true,
    response: sourceViewSchema,
    errors: ['NOT_FOUND'],
    example: { params: named, response: exampleView },
    handle: ({ operations, params }) => view(operations, params.id),
  }),
  endpoint({
    ...one,
    id: 'putSource',
    method: 'PUT',
    path: '/sources/:id',
    summary: 'Replace a source',
    role: 'admin',
    description:
      'What `secret` leaves out is kept, unless the url changes: a kept token is only sent where it was. To rotate, put the new client secret before the old one, and take the old one out afterwards.',
    body: sourceWriteSchema,
    ifMatch: 'required',
    etag: true,
    response: sourceViewSchema,
    errors: ['NOT_FOUND', 'MANAGED_BY_ENVIRONMENT'],
    example: { params: named, body: exampleBody, response: exampleView },
    handle({ operations, params, body, expected }) {
      requirePathId(body.id, params.id)
      return save(operations, body, expected)
    },
  }),
  endpoint({
    ...one,
    id: 'patchSource',
    method: 'PATCH',
    path: '/sources/:id',
    summary: 'Change members of a source',
    role: 'admin',
    description: 'A JSON Merge Patch (RFC 7396). What `secret` leaves out is kept, as in PUT.',
    body: mergePatchSchema,
    ifMatch: 'required',
    etag: true,
    response: sourceViewSchema,
    errors: ['NOT_FOUND', 'MANAGED_BY_ENVIRONMENT'],
    example: {
      params: named,
      body: { projects: ['ios', 'android', 'watch'] },
      response: { ...exampleView, projects: ['ios', 'android', 'watch'] },
    },
    async handle({ operations, params, body, expected }) {
      const { body: current } = await view(operations, params.id)
      const whole = patched(sourceWriteSchema, current, body)
      requirePathId(whole.id, params.id)
      return save(operations, whole, expected)
    },
  }),
  endpoint({
    ...one,
    id: 'deleteSource',
    method: 'DELETE',
    path: '/sources/:id',
    summary: 'Remove a source',
    role: 'admin',
    description: 'Its webhooks are refused from now on; its incidents stay.',
    body: NO_BODY,
    ifMatch: 'required',
    status: 204,
    response: z.undefined(),
    errors: ['NOT_FOUND', 'MANAGED_BY_ENVIRONMENT'],
    example: { params: named, response: undefined },
    async handle({ operations, params, expected }) {
      const before = await asKept(operations, params.id)
      await operations.sources.remove(params.id, expected ?? '')
      return { body: undefined, change: { what: `source ${params.id}`, before, after: null } }
    },
  }),
]
