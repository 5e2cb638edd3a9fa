import { z } from 'zod'
import { auditEntrySchema, CHAIN_START } from '../access/audit-entry.ts'
import { TocsinError } from '../errors.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { listQuery, pageRequest, pageSchema } from './paging.ts'

const time = z.iso
  .datetime({ offset: true, error: 'a time as in RFC 3339, such as 2026-11-05T14:03:10Z' })
  .transform(text => Date.parse(text))
const HASH = /^[0-9a-f]{64}$/

export const auditVerdictSchema = z.object({
  valid: z.boolean(),
  entries: z.number().int().describe('Entries that hold, from the first on'),
  end: z
    .object({ number: z.number().int(), hash: z.string() })
    .nullable()
    .describe('Where the chain ends: note it elsewhere, and ask for it later; null: it is broken'),
  broken: z
    .object({ number: z.number().int(), reason: z.string() })
    .nullable()
    .describe('The first entry that does not hold'),
})

const example = {
  number: 1,
  at: '2026-11-05T14:03:10.000Z',
  operation: 'patchApiKey',
  outcome: 'done' as const,
  what: 'api-key q3XvT0aLm9Zk',
  before: { role: 'editor' },
  after: { role: 'responder' },
  caller: { id: 'admin', name: 'admin', role: 'admin' as const, via: 'environment' as const },
  actor: 'Ada Moreau',
  address: '203.0.113.7',
  request: '0f6b2f0e-6f0e-4a43-9d0b-3a1f5bb2a4d1',
  reason: null,
  previous: CHAIN_START.hash,
  hash: '3c1f0f2f3e9a4f0f8f6d4a4d9cf9c0b5d7a1b7f0e4c8b2a6d5e3f1a09b8c7d6e',
}

const whole = z.coerce.number('a whole number').int('a whole number').min(1, 'from 1 up')

/** The audit trail: every change over REST, in Slack and in PagerDuty, each hashed over the one before. */
export const auditEndpoints: Endpoint[] = [
  endpoint({
    id: 'listAudit',
    method: 'GET',
    path: '/audit',
    tag: 'audit',
    role: 'admin',
    summary: 'Who changed what, newest first',
    description: 'A page may hold fewer than `limit` while `next` is set: so much is looked at in one call.',
    params: NOTHING,
    query: listQuery(['-number', 'number'], {
      actor: z.string().min(1).max(200).optional().describe('Id or name of the caller, or who it was asked for'),
      operation: z.string().min(1).max(100).optional().describe('operationId'),
      what: z.string().min(1).max(200).optional().describe('Part of what was changed, such as `route checkout`'),
      since: time.optional().describe('Asked at or after this time (RFC 3339; write + as %2B)'),
      until: time.optional().describe('Asked before this time'),
    }),
    body: NO_BODY,
    response: pageSchema(auditEntrySchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [example], next: null } },
    async handle({ operations, query }) {
      const { limit: _, cursor: __, sort: ___, ...filter } = query
      return { body: await operations.audit.list(filter, pageRequest(query)) }
    },
  }),
  endpoint({
    id: 'verifyAudit',
    method: 'GET',
    path: '/audit/verify',
    tag: 'audit',
    role: 'admin',
    summary: 'Check the whole chain; names the first entry that was changed, removed or moved',
    description:
      'A chain that was cut at its end, or written anew as a whole, still holds together. So note `end` elsewhere now and then, and give it as `number` and `hash`: it must be found again.',
    params: NOTHING,
    query: z
      .strictObject({
        number: whole.optional().describe('Of an end that was noted earlier'),
        hash: z.string().regex(HASH, '64 hexadecimal digits').optional().describe('Of the same'),
      })
      .refine(({ number, hash }) => (number === undefined) === (hash === undefined), {
        error: 'number and hash come together: they are `end` of an earlier answer',
      }),
    body: NO_BODY,
    response: auditVerdictSchema,
    example: {
      response: { valid: true, entries: 1, end: { number: example.number, hash: example.hash }, broken: null },
    },
    async handle({ operations, query: { number, hash } }) {
      const noted = number === undefined || hash === undefined ? null : { number, hash }
      const verdict = await operations.audit.verify(noted)
      const { valid, entries } = verdict
      return {
        body: {
          valid,
          entries,
          end: verdict.valid ? verdict.end : null,
          broken: verdict.valid ? null : verdict.broken,
        },
      }
    },
  }),
  endpoint({
    id: 'exportAudit',
    method: 'GET',
    path: '/audit/export',
    tag: 'audit',
    role: 'admin',
    summary: 'The trail as lines of JSON, oldest first',
    description:
      'Each line is one entry, whole: `hash` is SHA-256 over the entry without `hash` as canonical JSON (RFC 8785), and `previous` is the hash of the line before. A line `null` is an entry that is gone.',
    params: NOTHING,
    query: z.strictObject({
      from: whole.default(1).describe('Number of the first entry'),
      to: whole.optional().describe('Number of the last; absent: as far as it goes'),
    }),
    body: NO_BODY,
    lines: auditEntrySchema,
    response: z.undefined(),
    example: { response: undefined, line: example },
    async handle({ operations, query: { from, to } }) {
      if (to !== undefined && to < from) {
        const problems = [{ path: 'to', message: `must not be less than from (${from})` }]
        throw new TocsinError('INVALID_INPUT', `to must not be less than from (${from})`, { problems })
      }
      return { body: undefined, lines: operations.audit.export({ from, to: to ?? null }) }
    },
  }),
]
