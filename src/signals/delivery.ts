import { z } from 'zod'

/** One HTTP call to us, as the door stored it: verified, not yet parsed. */
export const deliverySchema = z.object({
  /** `<batch>-<n>`; sortable by time. */
  id: z.string(),
  source: z.string(),
  /** `Sentry-Hook-Resource`, as sent; empty when it was missing. */
  resource: z.string(),
  /** `Sentry-Hook-Timestamp` in ms; null when missing or not a number. Not signed. */
  hookTimestamp: z.number().nullable(),
  receivedAt: z.number(),
  /** The raw body. base64 only when it is not valid UTF-8. */
  body: z.string(),
  encoding: z.enum(['utf8', 'base64']),
  /** Who posted it; absent: Sentry. Set by the door that verified it, never read off the request. */
  via: z.enum(['pagerduty', 'slack']).optional(),
  /** What the provider calls it at every attempt (PagerDuty's X-Webhook-Id). Not signed. */
  webhookId: z.string().optional(),
  /** How often handling was tried before. */
  attempt: z.number().int().default(0),
})
export type Delivery = z.infer<typeof deliverySchema>

/** The one thing that became of a delivery. */
export const outcomeNameSchema = z.enum([
  'opened',
  'raised',
  'attached',
  'resolved',
  'counted',
  'nothing-to-do',
  'duplicate',
  'quarantined',
  'failed',
])
export type OutcomeName = z.infer<typeof outcomeNameSchema>

export const deliveryRecordSchema = z.object({
  id: z.string(),
  source: z.string(),
  resource: z.string(),
  action: z.string().nullable(),
  receivedAt: z.number(),
  handledAt: z.number(),
  outcome: outcomeNameSchema,
  reason: z.string(),
  incident: z.string().nullable(),
  severity: z.enum(['P0', 'P1', 'P2', 'P3']).nullable(),
  signal: z.string().nullable(),
})
export type DeliveryRecord = z.infer<typeof deliveryRecordSchema>
