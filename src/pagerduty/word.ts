import { z } from 'zod'

/** What happened to an incident at PagerDuty, in our words: told by a webhook, or found by asking. */

const agentSchema = z.object({
  id: z.string().nullable(),
  name: z.string(),
  /** `integration`: an event of the Events API, so ours or another monitor's. `itself`: PagerDuty, by a timer or rule. */
  kind: z.enum(['person', 'integration', 'itself', 'other']),
})
export type PagerdutyAgent = z.infer<typeof agentSchema>

/** Those that change what we know; everything else PagerDuty tells is nothing to do. */
export const WORD_TYPES = [
  'triggered',
  'acknowledged',
  'unacknowledged',
  'resolved',
  'reopened',
  'reassigned',
  'delegated',
  'escalated',
  'annotated',
  'priority_updated',
] as const

export const pagerdutyWordSchema = z.object({
  /** Names the happening: the same told twice counts once. */
  id: z.string(),
  type: z.enum(WORD_TYPES),
  /** When it happened, by PagerDuty's clock, ms. */
  at: z.number(),
  /** PagerDuty's id of its incident. */
  incident: z.string(),
  agent: agentSchema,
  /** What we sent as client_url when we triggered; only of `triggered`. */
  clientUrl: z.string().nullable(),
  /** When PagerDuty opened its incident, ms. */
  openedAt: z.number().nullable(),
  /** Resolved because it was merged into that one: nobody says that it is over. */
  mergedInto: z.string().nullable(),
  assignees: z.array(z.object({ id: z.string().nullable(), name: z.string().nullable() })),
  /** Of a note, what it says; of a priority, its name. */
  text: z.string().nullable(),
})
export type PagerdutyWord = z.infer<typeof pagerdutyWordSchema>

interface Reference {
  id?: string | null | undefined
  type?: string | null | undefined
  summary?: string | null | undefined
}

/** Who did it, from a reference of PagerDuty's; nobody named is PagerDuty itself (an acknowledgement that timed out). */
export function agentOf(reference: Reference | null | undefined): PagerdutyAgent {
  if (reference === null || reference === undefined) return { id: null, name: 'PagerDuty', kind: 'itself' }
  return {
    id: reference.id ?? null,
    name: (reference.summary ?? '').trim().slice(0, 200) || 'somebody in PagerDuty',
    kind: KINDS[reference.type ?? ''] ?? 'other',
  }
}

const KINDS: Record<string, PagerdutyAgent['kind']> = {
  user: 'person',
  user_reference: 'person',
  inbound_integration: 'integration',
  inbound_integration_reference: 'integration',
  // Auto-resolve and the timeouts of a service.
  service: 'itself',
  service_reference: 'itself',
}
