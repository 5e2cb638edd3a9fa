import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ROLES } from './caller.ts'
import { canonicalJson } from './canonical-json.ts'

/** One change, and who made it. Times are RFC 3339 also where it is stored: its hash is over exactly what is told. */
export const auditEntrySchema = z.object({
  number: z.number().int().describe('From 1, without gaps'),
  at: z.iso.datetime().describe('When it was asked'),
  operation: z.string().describe('operationId, or `slack` and `pagerduty` with what was done there'),
  outcome: z
    .enum(['done', 'unknown'])
    .describe('`unknown`: it was begun, and whoever did it stopped before saying what came of it'),
  what: z.string().describe('What was changed'),
  before: z.unknown().describe('As it was; null: it was not there, or nobody looked'),
  after: z.unknown().describe('As it is since; secrets hidden, and cut where it is large'),
  caller: z.object({
    id: z.string(),
    name: z.string(),
    role: z.enum(ROLES).nullable().describe('null: not of this service, such as somebody in Slack'),
    via: z.enum(['environment', 'key', 'oidc', 'slack', 'pagerduty']),
  }),
  actor: z.string().nullable().describe('X-Actor: the person it was asked for'),
  address: z.string().nullable(),
  request: z.string().describe('Id of the request, or of the webhook delivery'),
  reason: z.string().nullable(),
  previous: z.string().describe('`hash` of the entry before; of the first: 64 zeros'),
  hash: z.string().describe('SHA-256, hex, over the entry without `hash` as canonical JSON (RFC 8785)'),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>
/** What somebody sets out to do, before its place in the chain is known. */
export type AuditDraft = Omit<AuditEntry, 'number' | 'previous' | 'hash'>

/** Where the chain ends: the next entry is joined to it. */
export interface ChainEnd {
  number: number
  hash: string
}

export const CHAIN_START: ChainEnd = { number: 0, hash: '0'.repeat(64) }

export function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  const { hash: _, ...rest } = entry as AuditEntry
  return createHash('sha256').update(canonicalJson(rest)).digest('hex')
}

/** The draft as the next entry of the chain. */
export function joined(draft: AuditDraft, end: ChainEnd): AuditEntry {
  const entry = { ...draft, number: end.number + 1, previous: end.hash }
  return { ...entry, hash: hashOf(entry) }
}
