import { z } from 'zod'
import { severitySchema } from '../classify/severity.ts'
import { notificationKindSchema } from '../deliver/notification.ts'
import { TocsinError } from '../errors.ts'
import { type Act, actSchema, archiveUntilSchema } from '../incidents/act.ts'
import { incidentSchema } from '../incidents/incident.ts'
import { standing } from '../incidents/standing.ts'
import { ownerSchema } from './backlog.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { exampleIncident } from './examples.ts'
import { idParams } from './rule-rows.ts'

/** What came of it, and whether everybody else knows by now. */
export const actAnswerSchema = z.object({
  incident: incidentSchema,
  changed: z.boolean().describe('false: it was so already, or it cannot be; `reason` says which'),
  action: z.string().describe('What it was for the incident, such as `resolve`, `lower`, `none`'),
  reason: z.string(),
  reflected: z
    .array(
      z.object({
        where: z.string().describe('The destination; `sentry-<source>`: Sentry itself'),
        what: notificationKindSchema,
        status: z
          .enum(['told', 'owed', 'failed', 'not-needed'])
          .describe('`owed`: not told yet, and still being tried; `failed`: given up, see the notifications'),
        error: z.string().nullable(),
      }),
    )
    .describe('After waiting for up to 2 seconds'),
})

const text = z.string().trim().min(1).max(2_000)
const why = text.describe('Kept in the timeline, and told wherever the incident is')
const optionalWhy = why.nullable().optional()

const exampleAnswer = {
  incident: exampleIncident,
  changed: true,
  action: 'acknowledge',
  reason: 'acknowledged by Ada Moreau (api)',
  reflected: [
    { where: 'pagerduty-oncall', what: 'acknowledge' as const, status: 'told' as const, error: null },
    {
      where: 'slack-incidents',
      what: 'thread' as const,
      status: 'owed' as const,
      error: 'Slack asks us to wait for 30 s',
    },
  ],
}

interface ActEndpoint<B extends z.ZodType> {
  name: string
  id: string
  summary: string
  description?: string
  body: B
  example?: unknown
  toAct(body: z.output<B>): Act
}

function actEndpoint<B extends z.ZodType>({ name, id, toAct, example, ...about }: ActEndpoint<B>): Endpoint {
  return endpoint({
    ...about,
    id,
    method: 'POST',
    path: `/incidents/:id/${name}`,
    tag: 'incidents',
    role: 'responder',
    scoped: true,
    params: idParams,
    query: NOTHING,
    acted: true,
    response: actAnswerSchema,
    errors: ['NOT_FOUND'],
    example: {
      params: { id: exampleIncident.id },
      response: exampleAnswer,
      ...(example === undefined ? {} : { body: example }),
    },
    async handle({ operations, caller, params, body, actor, key }) {
      const before = await operations.incidents.get(params.id)
      if (before === null) throw noIncident(params.id)
      const act = actSchema.parse(toAct(body))
      const by = { actor, key, caller: { id: caller.id, name: caller.name } }
      const acted = await operations.incidents.act(params.id, act, by)
      if (acted === null) throw noIncident(params.id)
      const { repeated, ...answer } = acted
      const what = `incident ${params.id}: ${act.kind}`
      const after = { ...standing(answer.incident), act, came: answer.reason }
      // Told again, it stands in the trail already.
      return { body: answer, change: answer.changed && !repeated ? { what, before: standing(before), after } : null }
    },
  })
}

function noIncident(id: string): TocsinError {
  return new TocsinError('NOT_FOUND', `there is no incident "${id}"`)
}

/** What people decide about an incident. Each once per Idempotency-Key, and told in PagerDuty, Slack and Sentry. */
export const incidentActEndpoints: Endpoint[] = [
  actEndpoint({
    name: 'acknowledge',
    id: 'acknowledgeIncident',
    summary: 'Somebody answers for it: its escalation stops',
    body: NO_BODY,
    toAct: () => ({ kind: 'acknowledge' }),
  }),
  actEndpoint({
    name: 'unacknowledge',
    id: 'unacknowledgeIncident',
    summary: 'Nobody answers for it any more: its escalation goes on',
    body: NO_BODY,
    toAct: () => ({ kind: 'unacknowledge' }),
  }),
  actEndpoint({
    name: 'resolve',
    id: 'resolveIncident',
    summary: 'It is over: now, in the next release, or in a release that is named',
    description: 'Events of releases older than the one it is resolved in do not bring it back.',
    body: z
      .strictObject({
        release: z
          .string()
          .trim()
          .min(1)
          .max(200)
          .nullable()
          .optional()
          .describe('`next`: in whatever comes after the release that runs; absent or null: now'),
        reason: optionalWhy,
      })
      .optional(),
    example: { release: 'next', reason: 'fixed by a3f9c1' },
    toAct: body => ({ kind: 'resolve', release: body?.release ?? null, reason: body?.reason ?? null }),
  }),
  actEndpoint({
    name: 'reopen',
    id: 'reopenIncident',
    summary: 'It is not over: told like any reopening',
    body: z.strictObject({ reason: optionalWhy }).optional(),
    example: { reason: 'still failing for customers in France' },
    toAct: body => ({ kind: 'reopen', reason: body?.reason ?? null }),
  }),
  actEndpoint({
    name: 'severity',
    id: 'setIncidentSeverity',
    summary: 'Raise or lower it, with a reason',
    description: 'Pinned: it stays so until it hurts twice as many users, or until it is released.',
    body: z.strictObject({ severity: severitySchema, reason: why }),
    example: { severity: 'P2', reason: 'only the old app is affected' },
    toAct: body => ({ kind: 'set-severity', ...body }),
  }),
  actEndpoint({
    name: 'release-severity',
    id: 'releaseIncidentSeverity',
    summary: 'Its severity is no longer pinned: it is judged again, at once',
    body: NO_BODY,
    toAct: () => ({ kind: 'release-severity' }),
  }),
  actEndpoint({
    name: 'assign',
    id: 'assignIncident',
    summary: 'Give it an owner, or none; it is not acknowledged by that',
    body: z.strictObject({ to: ownerSchema.nullable().describe('null: nobody') }),
    example: { to: { type: 'team', id: '77', name: 'web' } },
    toAct: body => ({ kind: 'assign', to: body.to }),
  }),
  actEndpoint({
    name: 'note',
    id: 'noteOnIncident',
    summary: 'A line in its timeline, its threads and its issue',
    body: z.strictObject({ text }),
    example: { text: 'the payment provider confirms an outage' },
    toAct: body => ({ kind: 'note', text: body.text }),
  }),
  actEndpoint({
    name: 'escalate',
    id: 'escalateIncident',
    summary: 'Tell a step of its escalation now, without waiting',
    body: z
      .strictObject({
        step: z.number().int().min(1).max(100).nullable().optional().describe('From 1; absent or null: the next one'),
      })
      .optional(),
    example: { step: 2 },
    toAct: body => ({ kind: 'escalate', step: body?.step == null ? null : body.step - 1 }),
  }),
  actEndpoint({
    name: 'silence',
    id: 'silenceIncident',
    summary: 'Nobody is told anything new until then; what is still open then speaks',
    description: 'A raise to P0 ends a silence.',
    body: z.strictObject({
      until: z.iso
        .datetime({ offset: true, error: 'a time as in RFC 3339, such as 2026-11-05T14:03:10Z' })
        .describe('In the future (RFC 3339)'),
      reason: why,
    }),
    example: { until: '2026-11-05T18:00:00Z', reason: 'the provider repairs it until six' },
    toAct: body => ({ kind: 'silence', until: Date.parse(body.until), reason: body.reason }),
  }),
  actEndpoint({
    name: 'unsilence',
    id: 'unsilenceIncident',
    summary: 'Ends its silence',
    body: NO_BODY,
    toAct: () => ({ kind: 'unsilence' }),
  }),
  actEndpoint({
    name: 'workaround',
    id: 'setIncidentWorkaround',
    summary: 'There is a way around it: at most P2 from now on, unless it is P0',
    body: z.strictObject({ text: text.nullable().describe('How; null: there is none any more') }),
    example: { text: 'pay by card instead' },
    toAct: body => ({ kind: 'workaround', text: body.text }),
  }),
  actEndpoint({
    name: 'backlog',
    id: 'addIncidentToBacklog',
    summary: 'Work for a later day, with an owner',
    body: z
      .strictObject({ owner: ownerSchema.nullable().optional().describe('Absent or null: as the incident has it') })
      .optional(),
    example: { owner: { type: 'team', id: '77', name: 'web' } },
    toAct: body => ({ kind: 'backlog', owner: body?.owner ?? null }),
  }),
  actEndpoint({
    name: 'noise',
    id: 'markIncidentAsNoise',
    summary: 'It should not have been told, or not like this: for the report',
    body: z.strictObject({
      label: z.enum(['false-positive', 'not-actionable', 'poor-detail']),
      note: text.nullable().optional(),
    }),
    example: { label: 'not-actionable', note: 'a browser extension throws it' },
    toAct: body => ({ kind: 'noise', label: body.label, note: body.note ?? null }),
  }),
  actEndpoint({
    name: 'archive',
    id: 'archiveIncident',
    summary: 'Archive its issue in Sentry, always with a reason',
    body: z.strictObject({
      reason: why,
      until: archiveUntilSchema.optional().describe('What brings it back; absent: when it escalates'),
    }),
    example: { reason: 'a crawler causes it', until: { kind: 'users', count: 50, windowMinutes: 60 } },
    toAct: body => ({ kind: 'archive', reason: body.reason, until: body.until ?? { kind: 'escalating' } }),
  }),
]
