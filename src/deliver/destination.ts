import { z } from 'zod'
import { secureUrlSchema } from './secure-url.ts'

/** A configured place to tell: its public side. Secrets live beside it, encrypted, and are never read back. */
const common = {
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63, e.g. "slack-payments"'),
  name: z.string().min(1).max(120),
  /** Told instead when this one fails for good. */
  fallback: z.string().nullable().default(null),
}

export const destinationSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('pagerduty'),
    /** Events API base, e.g. https://events.pagerduty.com or https://events.eu.pagerduty.com; plain http only on loopback. */
    url: secureUrlSchema.default('https://events.pagerduty.com'),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('slack'),
    /** `#name` or channel id. */
    channel: z.string().min(1).max(80),
    /** User (U…), user group (S…) id or null: who "team-lead" means here. */
    teamLead: z.string().nullable().default(null),
    /** Web API base; plain http only on loopback. */
    url: secureUrlSchema.default('https://slack.com/api/'),
  }),
  z.strictObject({ ...common, kind: z.literal('backlog') }),
])
/** One that people or the environment configure. */
export type StoredDestination = z.infer<typeof destinationSchema>

/**
 * Sentry, where what people decide is written back: every source is one. It follows from its source: it is never stored,
 * made over REST, nor named by a policy.
 */
export interface SentryDestination {
  id: string
  name: string
  fallback: null
  kind: 'sentry'
  source: string
  url: string
  /** Slug; null: the source names none, and nothing is written. */
  organization: string | null
}

export type Destination = StoredDestination | SentryDestination

/** Ids that begin so are those of sources (see `sentryDestination`). */
export const SENTRY_PREFIX = 'sentry-'

/** What a destination needs to keep to itself. pagerduty: routingKey; slack: botToken; sentry: apiToken; backlog: nothing. */
export const destinationSecretSchema = z.record(z.string(), z.string())
export type DestinationSecret = z.infer<typeof destinationSecretSchema>

/** Where what people decide is written back: every Sentry source is one. */
export function sentryDestination(source: string): string {
  return `${SENTRY_PREFIX}${source}`
}
