import { z } from 'zod'
import { destinationSchema } from '../deliver/destination.ts'
import { backlogSecretSchema, pagerdutySecretSchema, slackSecretSchema } from '../deliver/destination-secret.ts'
import { notificationSchema } from '../deliver/notification.ts'
import { TocsinError } from '../errors.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { exampleNotification } from './examples.ts'
import { managedBySchema, readOnly, requirePathId, writtenOnly } from './managed.ts'
import type { Operations } from './operations.ts'
import { listed, listQuery, pageSchema, searchFilter } from './paging.ts'
import { mergePatchSchema, patched } from './patched.ts'
import { idParams } from './rule-rows.ts'

const [pagerduty, slack, backlog] = destinationSchema.options

export const destinationHealthSchema = z.object({
  failing: z.boolean().describe('Nothing was taken there for minutes: what is owed there goes to its fallback'),
  since: z.number().nullable().describe('Since when nothing was taken; null: the last was'),
  failures: z.number().int().describe('Attempts in a row that were not taken'),
  lastError: z.string().nullable(),
  nextProbeAt: z.number().nullable().describe('While it fails: when one is tried there again'),
})

const shown = {
  managedBy: managedBySchema,
  secrets: z.array(z.string()).describe('Names of the secrets that are set'),
  health: destinationHealthSchema,
}
const overlooked = {
  ...readOnly,
  health: z.unknown().optional().meta({ readOnly: true, description: 'Overlooked: it cannot be written' }),
}

/** What is answered: not strict, so that anything unexpected is left out rather than told. */
export const destinationViewSchema = z.discriminatedUnion('kind', [
  z.object({ ...pagerduty.shape, ...shown }),
  z.object({ ...slack.shape, ...shown }),
  z.object({ ...backlog.shape, ...shown }),
])

/** What is sent: what GET answered may be sent back, its read-only members are overlooked. */
export const destinationWriteSchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...pagerduty.shape, ...overlooked, secret: writtenOnly(pagerdutySecretSchema) }),
  z.strictObject({ ...slack.shape, ...overlooked, secret: writtenOnly(slackSecretSchema) }),
  z.strictObject({ ...backlog.shape, ...overlooked, secret: writtenOnly(backlogSecretSchema) }),
])

const example = {
  id: 'slack-payments',
  name: 'Payments team',
  fallback: 'pagerduty-oncall',
  kind: 'slack' as const,
  channel: '#payments-alerts',
  teamLead: 'U024BE7LH',
  url: 'https://slack.com/api/',
}
const exampleHealth = { failing: false, since: null, failures: 0, lastError: null, nextProbeAt: null }
const exampleView = { ...example, managedBy: 'api' as const, secrets: ['botToken'], health: exampleHealth }
const exampleBody = { ...example, secret: { botToken: 'xoxb-your-bot-token' } }

function split(body: z.output<typeof destinationWriteSchema>) {
  const { secret, managedBy: _, secrets: __, health: ___, ...rest } = body
  return { destination: destinationSchema.parse(rest), secret }
}

async function view(operations: Operations, id: string) {
  const found = await operations.destinations.get(id)
  if (found === null) throw new TocsinError('NOT_FOUND', `there is no destination "${id}"`)
  return { body: destinationViewSchema.parse(found.value), version: found.version }
}

/** Answers what was stored by it, whoever changes or removes it next; the trail names which secrets were given, never what they are. */
async function save(operations: Operations, body: z.output<typeof destinationWriteSchema>, expected: string | null) {
  const { destination, secret } = split(body)
  const before = await asKept(operations, destination.id)
  const { value, version } = await operations.destinations.put(destination, secret, expected)
  const saved = destinationViewSchema.parse(value)
  const after = { ...kept(saved), secretsGiven: Object.keys(secret ?? {}) }
  return { body: saved, version, change: { what: `destination ${destination.id}`, before, after } }
}

/** Its health comes and goes by itself. */
function kept({ health: _, ...rest }: z.output<typeof destinationViewSchema>) {
  return rest
}

async function asKept(operations: Operations, id: string) {
  const found = await operations.destinations.get(id)
  return found === null ? null : kept(destinationViewSchema.parse(found.value))
}

const one = { tag: 'destinations', params: idParams, query: NOTHING } as const
const named = { id: example.id }

/** Destinations: who can be told. Secrets go in and never come out. */
export const destinationEndpoints: Endpoint[] = [
  endpoint({
    id: 'listDestinations',
    method: 'GET',
    path: '/destinations',
    tag: 'destinations',
    summary: 'Every destination, by id',
    params: NOTHING,
    query: listQuery(['id', '-id', 'name', '-name'], {
      kind: z.enum(['pagerduty', 'slack', 'backlog']).optional().describe('Only these'),
      ...searchFilter,
    }),
    body: NO_BODY,
    response: pageSchema(destinationViewSchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [exampleView], next: null } },
    async handle({ operations, query }) {
      const all = (await operations.destinations.list()).map(({ value }) => destinationViewSchema.parse(value))
      const wanted = all.filter(({ kind }) => (query.kind ?? kind) === kind)
      return { body: listed(wanted, { ...query, sort: query.sort ?? 'id' }) }
    },
  }),
  endpoint({
    id: 'createDestination',
    method: 'POST',
    path: '/destinations',
    tag: 'destinations',
    summary: 'Make a destination',
    role: 'admin',
    params: NOTHING,
    query: NOTHING,
    body: destinationWriteSchema,
    etag: true,
    status: 201,
    response: destinationViewSchema,
    errors: ['CONFLICT'],
    example: { body: exampleBody, response: exampleView },
    async handle({ operations, body }) {
      return { ...(await save(operations, body, null)), location: `/api/v1/destinations/${body.id}` }
    },
  }),
  endpoint({
    ...one,
    id: 'getDestination',
    method: 'GET',
    path: '/destinations/:id',
    summary: 'One destination',
    body: NO_BODY,
    etag: true,
    response: destinationViewSchema,
    errors: ['NOT_FOUND'],
    example: { params: named, response: exampleView },
    handle: ({ operations, params }) => view(operations, params.id),
  }),
  endpoint({
    ...one,
    id: 'putDestination',
    method: 'PUT',
    path: '/destinations/:id',
    summary: 'Replace a destination',
    role: 'admin',
    description:
      'Without `secret` the stored one is kept, unless the url changes: a kept secret is only sent where it was.',
    body: destinationWriteSchema,
    ifMatch: 'required',
    etag: true,
    response: destinationViewSchema,
    errors: ['NOT_FOUND', 'MANAGED_BY_ENVIRONMENT'],
    example: { params: named, body: exampleBody, response: exampleView },
    handle({ operations, params, body, expected }) {
      requirePathId(body.id, params.id)
      return save(operations, body, expected)
    },
  }),
  endpoint({
    ...one,
    id: 'patchDestination',
    method: 'PATCH',
    path: '/destinations/:id',
    summary: 'Change members of a destination',
    role: 'admin',
    description: 'A JSON Merge Patch (RFC 7396). What `secret` leaves out is kept, as in PUT.',
    body: mergePatchSchema,
    ifMatch: 'required',
    etag: true,
    response: destinationViewSchema,
    errors: ['NOT_FOUND', 'MANAGED_BY_ENVIRONMENT'],
    example: {
      params: named,
      body: { channel: '#payments-oncall' },
      response: { ...exampleView, channel: '#payments-oncall' },
    },
    async handle({ operations, params, body, expected }) {
      const { body: current } = await view(operations, params.id)
      const whole = patched(destinationWriteSchema, current, body)
      requirePathId(whole.id, params.id)
      return save(operations, whole, expected)
    },
  }),
  endpoint({
    ...one,
    id: 'deleteDestination',
    method: 'DELETE',
    path: '/destinations/:id',
    summary: 'Remove a destination that no rule names',
    role: 'admin',
    body: NO_BODY,
    ifMatch: 'required',
    status: 204,
    response: z.undefined(),
    errors: ['NOT_FOUND', 'IN_USE', 'MANAGED_BY_ENVIRONMENT'],
    example: { params: named, response: undefined },
    async handle({ operations, params, expected }) {
      const before = await asKept(operations, params.id)
      await operations.destinations.remove(params.id, expected ?? '')
      return { body: undefined, change: { what: `destination ${params.id}`, before, after: null } }
    },
  }),
  endpoint({
    ...one,
    id: 'testDestination',
    method: 'POST',
    path: '/destinations/:id/test',
    summary: 'Send a test notification',
    description: 'A PagerDuty test pages whoever is on call there.',
    body: NO_BODY,
    response: notificationSchema,
    errors: ['NOT_FOUND'],
    example: { params: named, response: { ...exampleNotification, kind: 'test' as const } },
    async handle({ operations, params }) {
      const sent = await operations.destinations.test(params.id)
      const after = { notification: sent.id }
      return { body: sent, change: { what: `destination ${params.id}: a test`, before: null, after } }
    },
  }),
]
