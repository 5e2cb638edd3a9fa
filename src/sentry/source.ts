import { z } from 'zod'
import { secureUrlSchema } from '../deliver/secure-url.ts'

/** One Sentry integration: the public side. Its secrets live beside it, encrypted, and are never read back. */
export const sourceSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63, e.g. "mobile-team"')
    // Doors of Sentry's UI components stand under the same path.
    .refine(
      id => id !== 'alert-rule-action' && id !== 'issue-link',
      'is kept for a door of its own: choose another id',
    ),
  name: z.string().min(1).max(120),
  /** API base without /api/0, e.g. https://sentry.io or https://de.sentry.io; plain http only on loopback. */
  url: secureUrlSchema.default('https://sentry.io'),
  /** Organization slug; null: the API is not asked. */
  organization: z.string().nullable().default(null),
  /** Installation uuid; null: not checked. Webhooks of our own integration's actions are recognised by it. */
  installation: z.string().nullable().default(null),
  /** Uuid of our own Sentry app: what it did is our own echo and asks nothing of us; null: learnt from Sentry. */
  ownApp: z.string().nullable().default(null),
  /** Project slugs this source speaks for; empty: all. */
  projects: z.array(z.string()).default([]),
})
export type Source = z.infer<typeof sourceSchema>

export const sourceSecretSchema = z.strictObject({
  /** Client secrets, newest first; several while one is rotated. */
  clientSecrets: z.array(z.string().min(16)).min(1),
  /** API token with org:read, project:read, event:write; null: the API is not asked. */
  apiToken: z.string().min(1).nullable().default(null),
})
export type SourceSecret = z.infer<typeof sourceSecretSchema>

export type SourceWithSecret = Source & SourceSecret & { managedBy: 'environment' | 'api' }
