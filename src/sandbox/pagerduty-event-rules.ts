import { z } from 'zod'

/** The documented shape and limits of an alert event (developer-docs 02-Trigger-Events, api-schema events-v2). */

const points = (most: number, name: string) =>
  z
    .string()
    .refine(text => Array.from(text).length <= most, `Length of '${name}' is too long (maximum is ${most} characters)`)
const wellFormed = (text: string) => text.isWellFormed()
const link = z.object({ href: z.url(), text: z.string().optional() })

const eventSchema = z.object({
  routing_key: z.string().length(32, "Length of 'routing_key' is incorrect (should be 32 characters)"),
  event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
  dedup_key: points(255, 'dedup_key').min(1).optional(),
  payload: z
    .object({
      summary: points(1024, 'summary').min(1).refine(wellFormed, "'summary' is not well-formed"),
      source: z.string().min(1).refine(wellFormed, "'source' is not well-formed"),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime({ offset: true }).optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
  client: z.string().optional(),
  client_url: z.url().optional(),
  links: z.array(link).optional(),
  images: z.array(z.object({ src: z.url({ protocol: /^https$/ }) })).optional(),
})
export type PagerdutyStandInEvent = z.infer<typeof eventSchema>

const MOST_BYTES = 512_000

export function readPagerdutyEvent(
  body: unknown,
): { ok: true; event: PagerdutyStandInEvent } | { ok: false; errors: string[] } {
  const parsed = eventSchema.safeParse(body)
  if (!parsed.success)
    return { ok: false, errors: parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`) }
  const event = parsed.data
  const errors: string[] = []
  if (event.event_action === 'trigger' && event.payload === undefined) errors.push("'payload' is missing or blank")
  if (event.event_action !== 'trigger' && event.dedup_key === undefined) errors.push("'dedup_key' is missing or blank")
  if (Buffer.byteLength(JSON.stringify(body)) > MOST_BYTES) errors.push('Event is larger than 512 KB')
  return errors.length > 0 ? { ok: false, errors } : { ok: true, event }
}
