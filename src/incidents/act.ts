import { z } from 'zod'
import { severitySchema } from '../classify/severity.ts'
import { personSchema } from '../signals/signal.ts'

/** What a person decides about an incident, wherever they say it: REST, Slack, PagerDuty. */

/** Who said it, and where. `via` also tells where it need not be told again. */
export const actorSchema = z.object({
  via: z.enum(['api', 'slack', 'pagerduty', 'sentry', 'tocsin']),
  /** The destination or source it came through, where there are several; null: not said. */
  at: z.string().nullable(),
  id: z.string().nullable(),
  name: z.string(),
})
export type Actor = z.infer<typeof actorSchema>

const text = z.string().trim().min(1).max(2_000)

/** Until what an archived issue stays away: Sentry's own conditions. */
export const archiveUntilSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('escalating') }),
  z.object({ kind: z.literal('forever') }),
  z.object({ kind: z.literal('duration'), minutes: z.number().int().min(1).max(525_600) }),
  z.object({
    kind: z.literal('events'),
    count: z.number().int().min(1),
    windowMinutes: z.number().int().min(1).max(10_080).nullable(),
  }),
  z.object({
    kind: z.literal('users'),
    count: z.number().int().min(1),
    windowMinutes: z.number().int().min(1).max(10_080).nullable(),
  }),
])

export const actSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('acknowledge') }),
  /** Nobody answers for it any more: its escalation goes on. `byItself`: a timer took it back, no person did. */
  z.object({ kind: z.literal('unacknowledge'), byItself: z.literal(true).optional() }),
  /** `release`: null, now; `next`: in whatever comes after the release that runs; else that release. */
  z.object({ kind: z.literal('resolve'), release: z.string().min(1).max(200).nullable(), reason: text.nullable() }),
  z.object({ kind: z.literal('reopen'), reason: text.nullable() }),
  /** Pinned until impact doubles or a person releases it. */
  z.object({ kind: z.literal('set-severity'), severity: severitySchema, reason: text }),
  z.object({ kind: z.literal('release-severity') }),
  z.object({ kind: z.literal('assign'), to: personSchema.nullable() }),
  z.object({ kind: z.literal('note'), text }),
  /** `step`: index of the step to be told now, from 0; null: the next one. */
  z.object({ kind: z.literal('escalate'), step: z.number().int().min(0).nullable() }),
  /** Quiet until then (ms): nobody is told anything new; what is still open then speaks. */
  z.object({ kind: z.literal('silence'), until: z.number(), reason: text }),
  z.object({ kind: z.literal('unsilence') }),
  /** There is a way around it: at most P2. `text` null: there is none any more. */
  z.object({ kind: z.literal('workaround'), text: text.nullable() }),
  z.object({ kind: z.literal('backlog'), owner: personSchema.nullable() }),
  z.object({
    kind: z.literal('noise'),
    label: z.enum(['false-positive', 'not-actionable', 'poor-detail']),
    note: text.nullable(),
  }),
  /** Archived in Sentry, always with a reason. Numbers in Sentry's own units: minutes, events, users. */
  z.object({
    kind: z.literal('archive'),
    reason: text,
    until: archiveUntilSchema,
  }),
])
export type Act = z.infer<typeof actSchema>
export type ActKind = Act['kind']
