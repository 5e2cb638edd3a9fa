import { z } from 'zod'
import type { ShownKey } from '../access/api-keys.ts'
import { ROLES } from '../access/caller.ts'
import { TocsinError } from '../errors.ts'
import { durationMs } from '../route/duration.ts'
import {
  apiKeyCreateSchema,
  apiKeyPatchSchema,
  apiKeyRotateSchema,
  apiKeyViewSchema,
  exampleApiKey,
  exampleNewApiKey,
  newApiKeySchema,
} from './api-key-shapes.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import type { Versioned } from './operations.ts'
import { listed, listQuery, pageSchema, searchFilter } from './paging.ts'
import { idParams } from './rule-rows.ts'

const one = { tag: 'api-keys', role: 'admin', params: idParams, query: NOTHING } as const
const named = { id: exampleApiKey.id }

/** What the audit trail keeps of a key. */
function kept({ id, name, role, projects, expiresAt, rotatedAt, overlapEndsAt }: ShownKey) {
  return { id, name, role, projects, expiresAt, rotatedAt, overlapEndsAt }
}

function found(key: Versioned<ShownKey> | null, id: string): Versioned<ShownKey> {
  if (key === null) throw new TocsinError('NOT_FOUND', `there is no API key "${id}" (any more)`)
  return key
}

function told({ key, value, version }: Versioned<ShownKey> & { key: string }) {
  return { body: { ...value, key }, repeat: { ...value, key: null }, version }
}

/** API keys: made, changed, rotated, revoked; their values are told once and cannot be read back. */
export const apiKeyEndpoints: Endpoint[] = [
  endpoint({
    id: 'listApiKeys',
    method: 'GET',
    path: '/api-keys',
    tag: 'api-keys',
    role: 'admin',
    summary: 'Every key, oldest first; the one in ADMIN_API_KEY is not among them',
    params: NOTHING,
    query: listQuery(['createdAt', '-createdAt', 'name', '-name'], {
      role: z.enum(ROLES).optional().describe('Only these'),
      ...searchFilter,
    }),
    body: NO_BODY,
    response: pageSchema(apiKeyViewSchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [exampleApiKey], next: null } },
    async handle({ operations, query }) {
      const all = (await operations.apiKeys.list()).map(({ value }) => value)
      const wanted = all.filter(({ role }) => (query.role ?? role) === role)
      return { body: listed(wanted, { ...query, sort: query.sort ?? 'createdAt' }) }
    },
  }),
  endpoint({
    id: 'createApiKey',
    method: 'POST',
    path: '/api-keys',
    tag: 'api-keys',
    role: 'admin',
    summary: 'Make a key',
    params: NOTHING,
    query: NOTHING,
    body: apiKeyCreateSchema,
    etag: true,
    acted: true,
    minimal: false,
    status: 201,
    response: newApiKeySchema,
    example: {
      body: { name: 'deploy bot', role: 'editor', expiresAt: '2027-02-03T14:03:10Z' },
      response: exampleNewApiKey,
    },
    async handle({ operations, caller, actor, body }) {
      const by = { name: actor === null ? caller.name : `${actor} (${caller.name})` }
      const made = await operations.apiKeys.create(body, by)
      const { id } = made.value
      const change = { what: `api-key ${id}`, before: null, after: kept(made.value) }
      return { ...told(made), location: `/api/v1/api-keys/${id}`, change }
    },
  }),
  endpoint({
    ...one,
    id: 'getApiKey',
    method: 'GET',
    path: '/api-keys/:id',
    summary: 'One key, without its value',
    body: NO_BODY,
    etag: true,
    response: apiKeyViewSchema,
    errors: ['NOT_FOUND'],
    example: { params: named, response: exampleApiKey },
    async handle({ operations, params }) {
      const { value, version } = found(await operations.apiKeys.get(params.id), params.id)
      return { body: value, version }
    },
  }),
  endpoint({
    ...one,
    id: 'patchApiKey',
    method: 'PATCH',
    path: '/api-keys/:id',
    summary: 'Change its name, role, projects or end; its value stays',
    description: 'Holds everywhere from the next request on.',
    body: apiKeyPatchSchema,
    ifMatch: 'required',
    etag: true,
    acted: true,
    response: apiKeyViewSchema,
    errors: ['NOT_FOUND'],
    example: { params: named, body: { role: 'responder' }, response: { ...exampleApiKey, role: 'responder' as const } },
    async handle({ operations, params, body, expected }) {
      const before = found(await operations.apiKeys.get(params.id), params.id)
      const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
      const { value, version } = await operations.apiKeys.change(params.id, given, expected)
      return {
        body: value,
        version,
        change: { what: `api-key ${params.id}`, before: kept(before.value), after: kept(value) },
      }
    },
  }),
  endpoint({
    ...one,
    id: 'rotateApiKey',
    method: 'POST',
    path: '/api-keys/:id/rotate',
    summary: 'Give it a new value; the old one works on for a while',
    description: 'PT0S ends the old value at once: for one that leaked.',
    body: apiKeyRotateSchema,
    ifMatch: 'optional',
    etag: true,
    acted: true,
    minimal: false,
    response: newApiKeySchema,
    errors: ['NOT_FOUND', 'CONFLICT'],
    example: { params: named, body: { overlap: 'PT1H' }, response: exampleNewApiKey },
    async handle({ operations, params, body, expected }) {
      const before = found(await operations.apiKeys.get(params.id), params.id)
      const rotated = await operations.apiKeys.rotate(params.id, durationMs(body.overlap), expected)
      const what = `api-key ${params.id}: a new value`
      return { ...told(rotated), change: { what, before: kept(before.value), after: kept(rotated.value) } }
    },
  }),
  endpoint({
    ...one,
    id: 'revokeApiKey',
    method: 'DELETE',
    path: '/api-keys/:id',
    summary: 'Revoke it: refused everywhere from the next request on',
    body: NO_BODY,
    ifMatch: 'optional',
    acted: true,
    status: 204,
    response: z.undefined(),
    errors: ['NOT_FOUND'],
    example: { params: named, response: undefined },
    async handle({ operations, params, expected }) {
      const before = found(await operations.apiKeys.get(params.id), params.id)
      await operations.apiKeys.revoke(params.id, expected)
      return { body: undefined, change: { what: `api-key ${params.id}`, before: kept(before.value), after: null } }
    },
  }),
]
