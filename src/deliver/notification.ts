import { z } from 'zod'
import { severitySchema } from '../classify/severity.ts'
import { sentryWriteSchema } from '../incidents/change.ts'

/** One message owed to one target. The outbox entry, the delivery log's row and the memory of what was sent, in one. */

export const notificationKindSchema = z.enum([
  'open', // first word of this life of the incident
  'raise', // it became more severe: a new message that may notify again
  'edit', // bring what was said up to date; wakes nobody
  'resolve', // it is over
  'step', // a later step of the escalation: nobody has acknowledged
  'acknowledge', // somebody answers for it
  'update', // an open page says more than it did; wakes nobody
  'thread', // a line in the thread of a post
  'write', // what was decided is written back to Sentry
  'fallback', // another destination failed to say it
  'test', // sent by hand from the destinations API
  'notice', // about no incident of its own, such as a silence that ends soon; its `reason` is what it says
])
export type NotificationKind = z.infer<typeof notificationKindSchema>

/** What the provider needs to hear to find this message again. */
export const providerReferenceSchema = z.discriminatedUnion('provider', [
  z.object({
    provider: z.literal('pagerduty'),
    dedupKey: z.string(),
    /** Fingerprint of the routing key: follow-ups count only under the same one. */
    routingKeyId: z.string(),
  }),
  z.object({ provider: z.literal('slack'), channel: z.string(), ts: z.string() }),
  z.object({ provider: z.literal('backlog'), entry: z.string() }),
])
export type ProviderReference = z.infer<typeof providerReferenceSchema>

export const notificationStatusSchema = z.enum(['owed', 'sending', 'sent', 'dead', 'dropped'])

export const notificationSchema = z.object({
  /** `n-<hash>` made from incident, generation, step, target and kind: repeating is harmless. */
  id: z.string(),
  incident: z.string(),
  generation: z.number().int(),
  /** Order within the incident: notifications to one destination leave in this order. */
  seq: z.number(),
  kind: notificationKindSchema,
  destination: z.string(),
  mention: z.string().nullable(),
  step: z.number().int(),
  severity: severitySchema,
  status: notificationStatusSchema,
  /** Why it is owed; after settling, why it ended so. */
  reason: z.string(),
  owedAt: z.number(),
  /** When a person had it sent again after it was given up: it is tried for another day. */
  retriedAt: z.number().nullable().default(null),
  /** When the webhook behind it was received: time to page counts from here. */
  causedAt: z.number(),
  /** Not before this time (backoff, Retry-After). */
  notBefore: z.number(),
  settledAt: z.number().nullable(),
  attempts: z.number().int(),
  /** While sending: until when the claim holds. */
  leaseUntil: z.number().nullable(),
  /** The last attempt may have been accepted although it looked failed: look it up before sending again. */
  ambiguous: z.boolean(),
  /** When an attempt failed first; the fallback is due some time after this. */
  firstFailedAt: z.number().nullable().default(null),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  reference: providerReferenceSchema.nullable(),
  /** For `fallback`: the notification whose place it takes. */
  instead: z.string().nullable(),
  /** For `write`: what is to be changed in Sentry. */
  write: sentryWriteSchema.nullable().default(null),
  /** A fallback for this one was already owed. */
  fellBack: z.boolean(),
})
export type Notification = z.infer<typeof notificationSchema>

/** How every notification begins: owed, and nothing tried yet. */
export const NOTHING_TRIED_YET = {
  status: 'owed',
  retriedAt: null,
  notBefore: 0,
  settledAt: null,
  attempts: 0,
  leaseUntil: null,
  ambiguous: false,
  firstFailedAt: null,
  error: null,
  reference: null,
  instead: null,
  write: null,
  fellBack: false,
} as const satisfies Partial<Notification>
