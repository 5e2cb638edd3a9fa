import { z } from 'zod'
import { severitySchema } from '../classify/severity.ts'
import { verdictSchema } from '../classify/verdict.ts'
import { TocsinError } from '../errors.ts'
import { impactSchema } from '../measure/impact.ts'
import { outcomeNameSchema } from '../signals/delivery.ts'
import type { ReplayLine } from '../whatif/replay.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { authorOf } from './publish-rules.ts'
import { againstSchema, replaySchema, simulateSchema, timeSchema } from './what-if-asked.ts'
import { exampleDifference, exampleReplay, exampleShadow, exampleSimulated } from './what-if-examples.ts'

const told = z.object({
  destination: z.string(),
  kind: z.string().nullable(),
  pages: z.boolean(),
  mention: z.string().nullable(),
  what: z.enum(['open', 'raise', 'step']),
  step: z.number().int(),
  reason: z.string(),
})
const judgement = verdictSchema.extend({ possible: severitySchema.nullable() })

export const simulatedSchema = z.object({
  against: z.string(),
  at: z.number(),
  signal: z.object({
    id: z.string(),
    resource: z.string(),
    action: z.string(),
    intent: z.string(),
    kind: z.string(),
    title: z.string(),
    project: z.string().nullable(),
  }),
  outcome: z.object({
    outcome: outcomeNameSchema,
    reason: z.string(),
    incident: z.string().nullable(),
    severity: severitySchema.nullable().optional(),
  }),
  verdict: judgement.nullable(),
  project: z.object({ name: z.string(), verdict: judgement }).nullable(),
  impact: impactSchema.nullable(),
  incidents: z.array(
    z.object({
      incident: z.string(),
      kind: z.string(),
      title: z.string(),
      severity: z.string(),
      action: z.string(),
      reason: z.string(),
      routes: z.array(z.object({ route: z.string(), policy: z.string() })),
      heldBack: z
        .array(z.object({ by: z.string(), reason: z.string(), until: z.number().nullable() }))
        .describe('Why nobody, or fewer, would be told'),
      steps: z
        .array(z.object({ at: z.number(), action: z.string(), reason: z.string(), told: z.array(told) }))
        .describe('Each with the time it would be told at, if nobody answers'),
      goesOn: z.boolean().describe('There are more steps than are told here'),
      tried: z.array(
        z.object({
          route: z.string(),
          name: z.string(),
          policy: z.string(),
          matches: z.boolean(),
          taken: z.boolean(),
          why: z.string(),
        }),
      ),
      more: z.number().int().describe('Routes that are not told here: the first 1,000 are'),
    }),
  ),
  severityRules: z.array(
    z.object({
      about: z.string(),
      rule: z.string(),
      name: z.string(),
      effect: z.string(),
      severity: severitySchema,
      holds: z.union([z.boolean(), z.literal('unknown')]),
      part: z.enum(['decided', 'capped', 'after', 'disabled', 'no']),
      why: z.string(),
    }),
  ),
})

const fate = z.object({
  severity: severitySchema.nullable(),
  rule: z.string().nullable(),
  projectSeverity: severitySchema.nullable(),
  routes: z.array(z.string()),
  told: z.array(z.string()),
})
export const differenceSchema = z.object({
  at: z.number(),
  signal: z.string(),
  title: z.string(),
  project: z.string().nullable(),
  what: z.array(z.enum(['severity', 'rule', 'route', 'targets'])),
  before: fate,
  after: fate,
})

const counted = {
  before: z.number().int(),
  after: z.number().int(),
  gained: z.number().int(),
  lost: z.number().int(),
}
const pair = { before: z.number().int(), after: z.number().int() }
export const replaySummarySchema = z.object({
  type: z.literal('summary'),
  against: z.string(),
  since: z.number(),
  until: z.number(),
  signals: z.number().int(),
  unreadable: z.number().int(),
  pages: z.object(counted),
  posts: z.object(counted),
  severities: z.object({
    changed: z.number().int(),
    moves: z.array(z.object({ from: z.string(), to: z.string(), count: z.number().int() })),
  }),
  routes: z.object({ changed: z.number().int() }),
  byDestination: z.array(z.object({ destination: z.string(), ...counted })),
  byPerson: z.array(z.object({ person: z.string(), ...counted })),
  byRule: z.array(z.object({ rule: z.string(), ...pair })),
  byRoute: z.array(z.object({ route: z.string(), ...pair })),
  differences: z.number().int(),
})
export const replayLineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), signals: z.number().int(), share: z.number(), at: z.number() }),
  differenceSchema.extend({ type: z.literal('difference') }),
  replaySummarySchema,
])

export const shadowViewSchema = z.object({
  name: z.string(),
  author: z.string(),
  startedAt: z.number(),
  until: z.number(),
  running: z.boolean(),
  counts: z.object({
    signals: z.number().int(),
    different: z.number().int(),
    failed: z.number().int(),
    severity: z.number().int(),
    rule: z.number().int(),
    route: z.number().int(),
    targets: z.number().int(),
  }),
  differences: z.array(differenceSchema),
})

const exampleAgainst = { draft: 'd-5f2c9a1be07d4413' }

const exampleSummary = { type: 'summary' as const, ...exampleReplay }

/** Differences name the rules, routes and people of every project. */
const CURRENT_ONLY =
  'this key is bound to projects: it may replay the rules in force ("against": "current"), not drafts, revisions or documents'
const NO_SHADOW = 'no shadow has run: begin one with PUT /api/v1/rules/shadow'

/** What would happen: nothing of it is stored as having happened, nothing is sent, no incident is touched. */
export const whatIfEndpoints: Endpoint[] = [
  endpoint({
    id: 'simulateRules',
    method: 'POST',
    path: '/rules/simulate',
    tag: 'rules',
    role: 'viewer',
    summary: 'What would happen to one signal',
    description:
      'Any Sentry payload, a signal that is kept, or facts by hand, thought through by the service’s own flow: verdict, routes, targets, each step with its time if nobody answers, and every rule and route that was tried. Nothing is stored or sent; to measure, Sentry is asked.',
    params: NOTHING,
    query: NOTHING,
    body: simulateSchema,
    response: simulatedSchema,
    errors: ['NOT_FOUND'],
    example: {
      body: { facts: { project: 'web-shop', environment: 'production' }, impact: { users: 320 } },
      response: exampleSimulated,
    },
    handle: async ({ operations, body }) => ({ body: await operations.whatIf.simulate(body) }),
  }),
  endpoint({
    id: 'replayRules',
    method: 'POST',
    path: '/rules/replay',
    tag: 'rules',
    role: 'viewer',
    scoped: true,
    summary: 'The signals of the last days under other rules, beside what really happened',
    description:
      'Lines of JSON: progress, differences, and a summary at the end; with `Accept: application/json` the summary alone. Incidents live in it as in earnest: they open, are raised, joined and spoken for; people answer and end them when they really did. An incident that was open before the period counts no opening; one that opens only in the replay is answered by nobody, so only its first steps are told. What silences and maintenance windows kept quiet then stays quiet. Inhibition is replayed by the rules that are tried. Not replayed: pacing, failures of destinations, and our own looks at projects. It runs in a thread of its own.',
    params: NOTHING,
    query: NOTHING,
    body: replaySchema,
    lines: replayLineSchema,
    orDocument: true,
    response: replaySummarySchema,
    errors: ['NOT_FOUND', 'CONFLICT'],
    example: {
      body: { against: 'current', days: 7 },
      response: exampleSummary,
      line: { type: 'difference', ...exampleDifference },
    },
    async handle({ operations, caller, body, oneDocument }) {
      if (caller.projects !== null && body.against !== 'current') throw new TocsinError('FORBIDDEN', CURRENT_ONLY)
      const lines = await operations.whatIf.replay({ ...body, projects: within(body.projects, caller.projects) })
      if (!oneDocument) return { body: exampleSummary, lines }
      let summary: Extract<ReplayLine, { type: 'summary' }> | null = null
      for await (const line of lines) if (line.type === 'summary') summary = line
      if (summary === null) throw new TocsinError('INTERNAL', 'the replay ended without its summary: try again')
      return { body: summary }
    },
  }),
  endpoint({
    id: 'getShadow',
    method: 'GET',
    path: '/rules/shadow',
    tag: 'rules',
    summary: 'What the rules that run beside the published ones would have done otherwise',
    description:
      'All differences are counted; the newest 500 are kept. Both rules are asked as if the signal were the first of its incident.',
    params: NOTHING,
    query: NOTHING,
    body: NO_BODY,
    response: shadowViewSchema,
    errors: ['NOT_FOUND'],
    example: { response: exampleShadow },
    async handle({ operations }) {
      const shadow = await operations.whatIf.shadow.read()
      if (shadow === null) throw new TocsinError('NOT_FOUND', NO_SHADOW)
      return { body: shadow }
    },
  }),
  endpoint({
    id: 'putShadow',
    method: 'PUT',
    path: '/rules/shadow',
    tag: 'rules',
    summary: 'Run other rules beside the published ones for a while',
    description:
      'Every signal that is judged is judged by them too; nothing of it is sent. Ends by itself. One at a time: another one takes its place, and what it found is forgotten.',
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ against: againstSchema, until: timeSchema }),
    acted: true,
    response: shadowViewSchema,
    errors: ['NOT_FOUND'],
    example: { body: { against: exampleAgainst, until: '2126-11-07T14:03:10Z' }, response: exampleShadow },
    async handle({ operations, caller, actor, body }) {
      const before = await operations.whatIf.shadow.read()
      const { author } = authorOf({ caller, actor })
      const after = await operations.whatIf.shadow.begin({ ...body, author })
      return { body: after, change: { what: 'shadow', before: inShort(before), after: inShort(after) } }
    },
  }),
  endpoint({
    id: 'deleteShadow',
    method: 'DELETE',
    path: '/rules/shadow',
    tag: 'rules',
    summary: 'End the shadow and forget what it found',
    params: NOTHING,
    query: NOTHING,
    body: NO_BODY,
    status: 204,
    response: z.undefined(),
    errors: ['NOT_FOUND'],
    example: { response: undefined },
    async handle({ operations }) {
      const before = await operations.whatIf.shadow.end()
      if (before === null) throw new TocsinError('NOT_FOUND', NO_SHADOW)
      return { body: undefined, change: { what: 'shadow', before: inShort(before), after: null } }
    },
  }),
]

function inShort(shadow: z.input<typeof shadowViewSchema> | null) {
  if (shadow === null) return null
  const { name, author, until } = shadow
  return { name, author, until }
}

/** What was asked for, as far as the key reaches. */
function within(asked: readonly string[] | null, bound: readonly string[] | null): readonly string[] | null {
  if (asked === null || bound === null) return asked ?? bound
  return asked.filter(project => bound.includes(project))
}
