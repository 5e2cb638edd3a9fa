import { z } from 'zod'
import { lastUsedSchema } from '../access/api-key.ts'
import { ROLES } from '../access/caller.ts'
import { durationMs } from '../route/duration.ts'
import { EXAMPLE_AT } from './examples.ts'

/** What is sent and answered about API keys. */

const settings = {
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'on one line, without control characters')
    .describe('Who or what uses it; history names it'),
  role: z.enum(ROLES).describe('Each may what the ones before it may'),
  projects: z
    .array(z.string().trim().min(1).max(200))
    .min(1, 'name at least one project, or send null for all of them')
    .max(200)
    .nullable()
    .describe('Slugs of Sentry projects it is bound to: only their incidents are there for it; null: all'),
  expiresAt: z.iso
    .datetime({ offset: true, error: 'a time as in RFC 3339, such as 2027-11-05T14:03:10Z' })
    .transform(time => Date.parse(time))
    .nullable()
    .describe('From then on it is refused; null: never'),
}
export const apiKeyCreateSchema = z.strictObject({
  name: settings.name,
  role: settings.role,
  projects: settings.projects.default(null),
  expiresAt: settings.expiresAt.default(null),
})
export const apiKeyPatchSchema = z
  .strictObject({
    name: settings.name.optional(),
    role: settings.role.optional(),
    projects: settings.projects.optional(),
    expiresAt: settings.expiresAt.optional(),
  })
  .refine(patch => Object.values(patch).some(value => value !== undefined), {
    error: 'must name what to change: name, role, projects or expiresAt',
  })

const MOST_OVERLAP_MS = 30 * 86_400_000
export const apiKeyRotateSchema = z.strictObject({
  overlap: z
    .string()
    .refine(isOverlap, 'an ISO 8601 duration from PT0S (at once) to P30D, such as PT1H')
    .describe('How long the value that worked until now goes on working, beside the new one'),
})

function isOverlap(iso: string): boolean {
  try {
    const ms = durationMs(iso)
    return ms >= 0 && ms <= MOST_OVERLAP_MS
  } catch {
    return false
  }
}

export const apiKeyViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  projects: z.array(z.string()).nullable(),
  expiresAt: z.number().nullable(),
  createdAt: z.number(),
  createdBy: z.string(),
  rotatedAt: z.number().nullable(),
  lastUsed: lastUsedSchema.nullable().describe('Exact to a minute; null: never yet'),
  values: z.number().int().describe('How many values of it work: 2 while a rotation overlaps'),
  overlapEndsAt: z.number().nullable().describe('Until when the value before this one works'),
})
export const newApiKeySchema = z.object({
  ...apiKeyViewSchema.shape,
  key: z
    .string()
    .nullable()
    .describe('Told once, and stored nowhere; null in a repeat with the same Idempotency-Key: then rotate it'),
})

export const exampleApiKey = {
  id: 'q3XvT0aLm9Zk',
  name: 'deploy bot',
  role: 'editor' as const,
  projects: null,
  expiresAt: EXAMPLE_AT + 90 * 86_400_000,
  createdAt: EXAMPLE_AT,
  createdBy: 'Ada Moreau (admin)',
  rotatedAt: null,
  lastUsed: { at: EXAMPLE_AT, address: '203.0.113.7' },
  values: 1,
  overlapEndsAt: null,
}
export const exampleNewApiKey = { ...exampleApiKey, lastUsed: null, key: 'tocsin_q3XvT0aLm9Zk_<49 letters and digits>' }
