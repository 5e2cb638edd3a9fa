import { z } from 'zod'
import type { StoredDestination } from './destination.ts'

/** What each kind of destination keeps to itself, by name, and how it must look. */
export const pagerdutySecretSchema = z.strictObject({
  /** Events API v2 integration key: 32 letters and digits. */
  routingKey: z
    .string()
    .regex(
      /^[A-Za-z0-9]{32}$/,
      'the 32 letters and digits of an Events API v2 integration key (service, Integrations tab)',
    ),
})

export const slackSecretSchema = z.strictObject({
  /** Bot token; rotated ones begin with `xoxe.xoxb-`. */
  botToken: z
    .string()
    .max(500)
    .regex(/^xox[a-z][-.][\x21-\x7e]{3,}$/, 'a bot token, which begins with "xoxb-" (app page, OAuth & Permissions)'),
})

export const backlogSecretSchema = z.strictObject({})

export const SECRET_SCHEMAS = {
  pagerduty: pagerdutySecretSchema,
  slack: slackSecretSchema,
  backlog: backlogSecretSchema,
} as const satisfies Record<StoredDestination['kind'], z.ZodObject>

/** Names of the secrets a kind cannot work without. */
export function secretNames(kind: StoredDestination['kind']): string[] {
  return Object.keys(SECRET_SCHEMAS[kind].shape)
}
