import { z } from 'zod'
import type { Caller } from '../access/caller.ts'
import { type Condition, conditionSchema } from '../classify/condition.ts'
import { severitySchema } from '../classify/severity.ts'
import { TocsinError } from '../errors.ts'
import { statusSchema } from '../incidents/incident.ts'
import {
  annotationsSchema,
  LONGEST_SILENCE_MS,
  type Silence,
  silenceSchema,
  silenceStateSchema,
} from '../mute/silence.ts'
import { durationMs } from '../route/duration.ts'
import { durationSchema } from '../route/escalation-table.ts'
import { checkMatchers } from '../rules/check-matchers.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING, summary } from './endpoint.ts'
import { EXAMPLE_AT, exampleBreadth, exampleIncident, exampleSilence } from './examples.ts'
import type { Operations, SilenceScope } from './operations.ts'
import { listQuery, pageRequest, pageSchema } from './paging.ts'
import { authorOf } from './publish-rules.ts'
import { idParams } from './rule-rows.ts'

export const silenceViewSchema = silenceSchema.extend({
  state: silenceStateSchema,
  hid: z.number().int().describe('So many incidents were kept quiet by it so far'),
})

export const hiddenIncidentSchema = z.object({
  incident: z.string(),
  at: z.number().describe('Since when it was kept quiet'),
  title: z.string(),
  severity: severitySchema,
  status: statusSchema,
  project: z.string().nullable(),
})

const breadthSchema = z.object({
  incidents: z.object({ matched: z.number().int(), of: z.number().int() }),
  projects: z.object({ matched: z.number().int(), of: z.number().int(), names: z.array(z.string()) }),
  p0: z.number().int(),
  pages: z.number().int().describe('Pages about what matched'),
  posts: z.number().int().describe('Slack posts about what matched'),
  open: z.number().int().describe('Open now: quiet at once'),
  sample: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      severity: severitySchema,
      status: statusSchema,
      project: z.string().nullable(),
      openedAt: z.number(),
    }),
  ),
  complete: z.boolean().describe('false: there were more than were looked at'),
  tooBroad: z.array(z.string()).describe('Why it takes `confirm`; empty: it does not'),
})

const time = z.iso
  .datetime({ offset: true, error: 'a time as in RFC 3339, such as 2026-11-05T14:03:10Z' })
  .describe('RFC 3339')
const reason = z.string().trim().min(1).max(2_000).describe('Why: shown wherever it hides something')
const duration = durationSchema.describe('In place of `endsAt`: ISO 8601, from its start, such as PT2H')
const confirm = z.boolean().default(false).describe('Yes, also when it is broader than the limit')
const coversDataLoss = z.boolean().describe('Also what lost data; nothing else silences that')

/** Matchers are checked by the rules' own checker, which knows every field; here they are only documented. */
function shapes(matchers: z.ZodType) {
  return {
    scope: z.strictObject({ matchers, coversDataLoss: coversDataLoss.default(false) }),
    create: z.strictObject({
      matchers,
      coversDataLoss: coversDataLoss.default(false),
      startsAt: time.optional().describe('Absent: now'),
      endsAt: time.optional().describe('RFC 3339; at most a year after its start'),
      duration: duration.optional(),
      reason,
      annotations: annotationsSchema.default({}).describe('Whatever goes with it, such as a ticket'),
      confirm,
    }),
    patch: z.strictObject({
      matchers: matchers.optional(),
      coversDataLoss: coversDataLoss.optional(),
      startsAt: time.optional(),
      endsAt: time.optional(),
      duration: duration.optional(),
      reason: reason.optional(),
      annotations: z
        .record(z.string(), z.string().max(500).nullable())
        .optional()
        .describe('Merged into those there are; null takes one away'),
      confirm,
    }),
  }
}
const sent = shapes(z.unknown())
const documented = shapes(conditionSchema)

function refused(path: string, message: string): TocsinError {
  return new TocsinError('INVALID_INPUT', `${path} ${message}`, { problems: [{ path, message }] })
}

function matchersIn(input: unknown): Condition {
  const problems = checkMatchers(input)
  if (problems.length > 0) throw new TocsinError('INVALID_INPUT', summary(problems), { problems })
  return conditionSchema.parse(input)
}

function scopeIn(body: z.output<typeof sent.scope>, { projects }: Caller): SilenceScope {
  return {
    matchers: matchersIn(body.matchers),
    coversDataLoss: body.coversDataLoss,
    projects: projects === null ? null : [...projects],
  }
}

interface Times {
  startsAt?: string | undefined
  endsAt?: string | undefined
  duration?: string | undefined
}

/** Throws INVALID_INPUT for an end that is missing, past, or too far. */
function timesIn(body: Times, before: Pick<Silence, 'startsAt' | 'endsAt'> | null, now: number) {
  const startsAt = body.startsAt === undefined ? (before?.startsAt ?? now) : Date.parse(body.startsAt)
  if (body.endsAt !== undefined && body.duration !== undefined)
    throw refused('/duration', 'cannot stand beside endsAt: one of them says when it ends')
  const endsAt =
    body.endsAt !== undefined
      ? Date.parse(body.endsAt)
      : body.duration !== undefined
        ? startsAt + lengthOf(body.duration)
        : before?.endsAt
  if (endsAt === undefined) throw refused('/endsAt', 'missing: when it ends, or how long it lasts as "duration"')
  const path = body.duration === undefined ? '/endsAt' : '/duration'
  if (endsAt <= now) throw refused(path, 'must end in the future; to end one that is in force, expire it')
  if (endsAt <= startsAt) throw refused(path, 'must end after its start')
  if (endsAt - startsAt > LONGEST_SILENCE_MS)
    throw refused(path, 'must end within a year of its start: what is to be quiet for longer belongs into the rules')
  return { startsAt, endsAt }
}

function lengthOf(iso: string): number {
  try {
    return durationMs(iso)
  } catch {
    throw refused('/duration', 'is longer than can be counted')
  }
}

async function known(operations: Operations, id: string): Promise<Silence> {
  const found = await operations.silences.get(id)
  if (found === null) throw new TocsinError('NOT_FOUND', `there is no silence "${id}"`)
  return found
}

const changed = (what: string, before: unknown, after: unknown) => ({ what, before, after })
const named = { id: exampleSilence.id }
const writes = { tag: 'silences', role: 'responder', scoped: true, acted: true, etag: true } as const
const until = new Date(EXAMPLE_AT + 7_200_000).toISOString()
const exampleScope = { matchers: { field: 'project', op: '=', value: 'web-shop' } }

/** Silences: made by whoever answers for incidents, in force from the answer on, listed after they have ended. */
export const silenceEndpoints: Endpoint[] = [
  endpoint({
    id: 'listSilences',
    method: 'GET',
    path: '/silences',
    tag: 'silences',
    scoped: true,
    summary: 'Silences, newest first',
    params: NOTHING,
    query: listQuery(['-createdAt', 'createdAt'], {
      state: silenceStateSchema.optional().describe('Only these'),
      author: z.string().min(1).optional().describe('Only those of this author, by the whole name'),
      incident: z.string().min(1).max(200).optional().describe('Only those that mean this incident as it is now'),
    }),
    body: NO_BODY,
    response: pageSchema(silenceViewSchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [exampleSilence], next: null } },
    async handle({ operations, query }) {
      const { state, author, incident } = query
      return { body: await operations.silences.list({ state, author, incident }, pageRequest(query)) }
    },
  }),
  endpoint({
    id: 'getSilence',
    method: 'GET',
    path: '/silences/:id',
    tag: 'silences',
    scoped: true,
    summary: 'One silence, and what it hid',
    params: idParams,
    query: NOTHING,
    body: NO_BODY,
    etag: true,
    response: silenceViewSchema.extend({
      hidden: z.array(hiddenIncidentSchema).describe('The newest 100; `hid` counts all'),
    }),
    errors: ['NOT_FOUND'],
    example: {
      params: named,
      response: {
        ...exampleSilence,
        hidden: [
          {
            ...{ incident: exampleIncident.id, at: EXAMPLE_AT + 60_000, title: exampleIncident.title },
            ...{ severity: 'P1' as const, status: 'triggered' as const, project: 'web-shop' },
          },
        ],
      },
    },
    async handle({ operations, params }) {
      const found = await operations.silences.get(params.id)
      if (found === null) throw new TocsinError('NOT_FOUND', `there is no silence "${params.id}"`)
      return { body: found, version: String(found.rev) }
    },
  }),
  endpoint({
    ...writes,
    id: 'createSilence',
    method: 'POST',
    path: '/silences',
    summary: 'Keep quiet what matches, for a while',
    description:
      'What matches is measured, judged and recorded, and tells nobody new; a resolve goes to whoever was told before. When ' +
      'it ends, what is still open speaks. Refused with TOO_BROAD when it matches too much of the last 30 days (the ' +
      'limits are `silenceBreadth` in the settings), unless `confirm` is true.',
    params: NOTHING,
    query: NOTHING,
    body: sent.create,
    documents: documented.create,
    status: 201,
    response: silenceViewSchema,
    errors: ['TOO_BROAD', 'CONFLICT'],
    example: {
      body: {
        ...exampleScope,
        ...{ duration: 'PT2H', reason: exampleSilence.reason, annotations: { ticket: 'OPS-118' } },
      },
      response: exampleSilence,
    },
    async handle({ operations, caller, actor, body }) {
      const times = timesIn(body, null, operations.silences.now())
      const scope = scopeIn(body, caller)
      const { author } = authorOf({ caller, actor })
      const { reason: why, annotations } = body
      const made = await operations.silences.create(
        { ...scope, ...times, author, reason: why, annotations },
        body.confirm,
      )
      return {
        body: made,
        version: String(made.rev),
        location: `/api/v1/silences/${made.id}`,
        change: changed(`silence ${made.id}`, null, made),
      }
    },
  }),
  endpoint({
    id: 'previewSilence',
    method: 'POST',
    path: '/silences/preview',
    tag: 'silences',
    role: 'viewer',
    scoped: true,
    summary: 'What it would have hidden in the last 30 days',
    params: NOTHING,
    query: NOTHING,
    body: sent.scope,
    documents: documented.scope,
    response: breadthSchema,
    example: { body: exampleScope, response: exampleBreadth },
    async handle({ operations, caller, body }) {
      return { body: await operations.silences.preview(scopeIn(body, caller)) }
    },
  }),
  endpoint({
    ...writes,
    id: 'patchSilence',
    method: 'PATCH',
    path: '/silences/:id',
    summary: 'Extend, shorten or change one that has not ended',
    description: 'A JSON Merge Patch. `duration` counts from its start.',
    params: idParams,
    query: NOTHING,
    body: sent.patch,
    documents: documented.patch,
    ifMatch: 'required',
    response: silenceViewSchema,
    errors: ['NOT_FOUND', 'CONFLICT', 'TOO_BROAD'],
    example: { params: named, body: { endsAt: until, reason: 'it takes longer' }, response: exampleSilence },
    async handle({ operations, params, body, expected }) {
      const mine = await known(operations, params.id)
      const { matchers, reason: why, annotations, coversDataLoss: loss } = body
      const moves = body.startsAt !== undefined || body.endsAt !== undefined || body.duration !== undefined
      const change = {
        ...(matchers === undefined ? {} : { matchers: matchersIn(matchers) }),
        ...(loss === undefined ? {} : { coversDataLoss: loss }),
        ...(moves ? timesIn(body, mine, operations.silences.now()) : {}),
        ...(why === undefined ? {} : { reason: why }),
        ...(annotations === undefined ? {} : { annotations: merged(mine.annotations, annotations) }),
      }
      const { before, after } = await operations.silences.change(params.id, change, expected ?? '', body.confirm)
      return { body: after, version: String(after.rev), change: changed(`silence ${after.id}`, before, after) }
    },
  }),
  endpoint({
    ...writes,
    id: 'expireSilence',
    method: 'POST',
    path: '/silences/:id/expire',
    summary: 'End it now: what is still open speaks',
    params: idParams,
    query: NOTHING,
    body: NO_BODY,
    ifMatch: 'optional',
    response: silenceViewSchema,
    errors: ['NOT_FOUND'],
    example: { params: named, response: { ...exampleSilence, state: 'expired' as const } },
    async handle({ operations, caller, actor, params, expected }) {
      await known(operations, params.id)
      const { author } = authorOf({ caller, actor })
      const { before, after } = await operations.silences.expire(params.id, author, expected)
      return { body: after, version: String(after.rev), change: changed(`silence ${after.id}`, before, after) }
    },
  }),
  endpoint({
    ...writes,
    id: 'deleteSilence',
    method: 'DELETE',
    path: '/silences/:id',
    summary: 'The same as expire: it stays listed',
    params: idParams,
    query: NOTHING,
    body: NO_BODY,
    ifMatch: 'optional',
    status: 204,
    response: z.undefined(),
    errors: ['NOT_FOUND'],
    example: { params: named, response: undefined },
    async handle({ operations, caller, actor, params, expected }) {
      await known(operations, params.id)
      const { author } = authorOf({ caller, actor })
      const { before, after } = await operations.silences.expire(params.id, author, expected)
      return { body: undefined, version: String(after.rev), change: changed(`silence ${after.id}`, before, after) }
    },
  }),
]

function merged(is: Silence['annotations'], patch: Record<string, string | null>): Silence['annotations'] {
  const next = new Map(Object.entries(is))
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) next.delete(name)
    else next.set(name, value)
  }
  const checked = annotationsSchema.safeParse(Object.fromEntries(next))
  if (checked.success) return checked.data
  throw refused('/annotations', checked.error.issues[0]?.message ?? 'cannot be kept')
}
