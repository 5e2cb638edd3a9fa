import { z } from 'zod'
import { type Caller, mayDo, type Role } from '../access/caller.ts'
import { type ErrorCode, type InputProblem, TocsinError } from '../errors.ts'
import type { Warning } from '../rules/warning.ts'
import { askedBy } from './asked-by.ts'
import { optionalVersion, requiredVersion } from './etag.ts'
import { forCaller } from './for-caller.ts'
import { inputProblems } from './input-problems.ts'
import type { Operations } from './operations.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export const TAGS = {
  rules: 'What operators decide, as immutable revisions of one document',
  drafts: 'Rules that somebody is working on: compared, checked, tried, then published',
  'severity-rules': 'Rows of the rules: how severe something is; the first that holds decides',
  routes: 'Rows of the rules: who must know; the first match wins',
  policies: 'Rows of the rules: escalation steps and their times',
  maintenance: 'Rows of the rules: times in which what matches is expected, and told to nobody',
  inhibitions: 'Rows of the rules: a cause that is open holds back its symptoms',
  silences: 'What matches stays quiet for a while; a person says why',
  destinations: 'PagerDuty services, Slack channels and the backlog, with secrets nobody can read back',
  sources: 'Sentry integrations, with secrets nobody can read back',
  incidents: 'Ongoing problems someone answers for',
  notifications: 'The delivery log: every message to every destination',
  backlog: 'P3 entries with an owner',
  deliveries: 'The one recorded outcome of each webhook',
  quarantine: 'Signed webhooks that could not be read',
  webhooks: 'Doors for Sentry, verified by signature, not by API key',
  'api-keys': 'Who may ask, and how much: keys with a role, bound to projects, rotated and revoked',
  audit: 'Who changed what: every change, chained by hash',
  operations: 'Health, readiness, metrics and this document',
} as const
export type Tag = keyof typeof TAGS

/** `/routes/:id` as OpenAPI writes it: `/routes/{id}`. */
export function templatePath(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}

/** What a handler is given: everything checked and typed. */
export interface Call<P, Q, B> {
  operations: Operations
  caller: Caller
  params: P
  query: Q
  body: B
  /** The version If-Match names. Never null where it is required. */
  expected: string | null
  /** X-Change-Reason, for the revision's message. */
  reason: string | null
  /** X-Actor, the person on whose behalf it is asked; null: not said. */
  actor: string | null
  /** Idempotency-Key, as it was sent; null: none was. */
  key: string | null
  /** Where an operation answers lines or one document: the client asked for the document (Accept: application/json). */
  oneDocument: boolean
  /** The Accept header as it was sent. */
  accept: string | null
}

export interface Answer<R> {
  body: R
  /** When another than the definition's, e.g. 503. */
  status?: number
  version?: string
  location?: string
  /** What it made that is probably not meant: told in a header, of an operation that is `warned`. */
  warnings?: readonly Warning[]
  /**
   * What it changed, for the audit trail: what of, and how that was before and is now. Absent: the trail names the
   * operation and what was sent; null: nothing was changed.
   */
  change?: Change | null
  /** What a repeat with the same Idempotency-Key is answered in its place: for what is told once and kept nowhere. */
  repeat?: R
  /** In place of `body`, of an operation that knows YAML. */
  text?: { type: string; content: string }
  /** Of a streamed operation, in place of `body`: one line of JSON each. */
  lines?: AsyncIterable<unknown>
}

export interface Change {
  what: string
  before: unknown
  after: unknown
}

/** Wraps what an operation does once everything about it is checked. */
export type Around = (
  about: { params: unknown; body: unknown; reason: string | null; actor: string | null },
  work: () => Promise<Answer<unknown>>,
) => Promise<Answer<unknown>>

/** One operation of the API: registers its route and writes its part of openapi.yaml, so that they cannot drift. */
export interface Definition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, R extends z.ZodType> {
  /** operationId. */
  id: string
  method: Method
  /** As Fastify writes it, below /api/v1: `/routes/:id`. */
  path: string
  tag: Tag
  /** Who may, at least. Left out: viewers read, editors write. */
  role: Role
  /** Keys that are bound to projects may too: what it shows and changes is narrowed to these by `operations`. */
  scoped: boolean
  /** Changes something, so it stands in the audit trail. Left out: whatever is no GET and not for viewers. */
  audited: boolean
  summary: string
  description?: string
  params: P
  query: Q
  body: B
  /** Documented in place of `body`, where an operation checks the body itself. */
  documents?: z.ZodType
  ifMatch: 'required' | 'optional' | 'none'
  /** Answers carry an ETag. */
  etag: boolean
  /** A body may come as YAML too; a GET may answer `text`. */
  yaml: boolean
  /** Takes X-Change-Reason. */
  reasoned: boolean
  /** Takes X-Actor. */
  acted: boolean
  /** Idempotency-Key is honoured. Left out: whatever stands in the audit trail. */
  idempotent: boolean
  /** `Prefer: return=minimal` is honoured. Left out: whatever stands in the audit trail and answers one body. */
  minimal: boolean
  /** Warnings come in the header X-Tocsin-Warnings. */
  warned: boolean
  status: number
  /** Other successes with the same body, and when. */
  also: { status: number; says: string }[]
  /** Answers lines of JSON like this one (application/x-ndjson), in place of `response`; null: it does not. */
  lines: z.ZodType | null
  /** Beside `lines` it answers `response` to whoever asks for application/json. */
  orDocument: boolean
  response: R
  errors: ErrorCode[]
  example: { params?: Record<string, string>; body?: unknown; response: z.input<R>; line?: unknown }
  handle(call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer<z.input<R>>>
}

/** What came in, unchecked. */
export interface RawCall {
  params: unknown
  query: unknown
  body: unknown
  ifMatch: string | undefined
  reason: string | undefined
  actor: string | undefined
  key: string | undefined
  accept?: string | undefined
}

export type Endpoint = Omit<Definition<z.ZodObject, z.ZodObject, z.ZodType, z.ZodType>, 'handle' | 'example'> & {
  example: { params?: Record<string, string>; body?: unknown; response: unknown; line?: unknown }
  /** Throws FORBIDDEN unless that caller may ask for it. */
  permit(caller: Caller): void
  /** Checks everything, then handles. Throws FORBIDDEN, IF_MATCH_REQUIRED, INVALID_INPUT and what the operation throws. */
  run(operations: Operations, caller: Caller, raw: RawCall, around?: Around): Promise<Answer<unknown>>
}

/** No parameters, no query. */
export const NOTHING = z.strictObject({})
/** No body; an empty object is as good. */
export const NO_BODY = z.strictObject({}).optional()

/** What a definition may leave out. */
type Optional =
  | (
      | 'role'
      | 'scoped'
      | 'audited'
      | 'ifMatch'
      | 'etag'
      | 'yaml'
      | 'reasoned'
      | 'acted'
      | 'idempotent'
      | 'minimal'
      | 'warned'
    )
  | ('status' | 'also' | 'lines' | 'orDocument' | 'errors')
type Defaults<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, R extends z.ZodType> = Partial<
  Pick<Definition<P, Q, B, R>, Optional>
> &
  Omit<Definition<P, Q, B, R>, Optional>

/** Seals a typed definition into an endpoint that takes unchecked input. */
export function endpoint<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, R extends z.ZodType>(
  given: Defaults<P, Q, B, R>,
): Endpoint {
  const role: Role = given.role ?? (given.method === 'GET' ? 'viewer' : 'editor')
  const audited = given.audited ?? (given.method !== 'GET' && role !== 'viewer')
  const plain = {
    role,
    scoped: false,
    audited,
    ifMatch: 'none',
    etag: false,
    yaml: false,
    reasoned: false,
    acted: false,
    idempotent: audited,
    minimal: audited && given.status !== 204 && (given.lines ?? null) === null,
    warned: false,
    lines: null,
    orDocument: false,
    status: 200,
    also: [] as { status: number; says: string }[],
  } as const
  const { handle, ...definition } = { ...plain, errors: [], ...given }
  function permit(caller: Caller): void {
    if (!mayDo(caller.role, definition.role)) throw forbidden(caller, definition.role)
    if (caller.projects !== null && !definition.scoped) throw tooWide(caller, caller.projects)
  }
  return {
    ...definition,
    permit,
    async run(operations, caller, raw, around = (_about, work) => work()) {
      permit(caller)
      const expected = readers[definition.ifMatch](raw.ifMatch)
      const problems: InputProblem[] = []
      const params = check(given.params, raw.params, problems, 'parameter')
      const query = check(given.query, raw.query, problems, 'parameter')
      const body = check(given.body, raw.body, problems, 'body')
      if (params === null || query === null || body === null) {
        throw new TocsinError('INVALID_INPUT', summary(problems), { problems })
      }
      const call = {
        operations: askedBy(forCaller(operations, caller), caller),
        caller,
        params: params.data,
        query: query.data,
        body: body.data,
        expected,
        reason: readReason(raw.reason),
        actor: readActor(raw.actor),
        key: raw.key ?? null,
        oneDocument: definition.orDocument && raw.accept?.includes('application/json') === true,
        accept: raw.accept ?? null,
      }
      return around(call, () => handle(call))
    },
  }
}

/** Where no If-Match belongs, none is looked at. */
const readers = { required: requiredVersion, optional: optionalVersion, none: () => null }

function forbidden({ name, role }: Caller, needed: Role): TocsinError {
  return new TocsinError(
    'FORBIDDEN',
    `${name} is a ${role}, and this takes at least a ${needed}: use a key with that role`,
  )
}

function tooWide({ name }: Caller, projects: readonly string[]): TocsinError {
  const bound = projects.length === 0 ? 'no project at all' : `the projects ${projects.join(', ')}`
  return new TocsinError(
    'FORBIDDEN',
    `${name} is bound to ${bound}, and this is about every project: use a key that is bound to none`,
  )
}

function check<S extends z.ZodType>(
  schema: S,
  input: unknown,
  problems: InputProblem[],
  part: 'parameter' | 'body',
): { data: z.output<S> } | null {
  const result = schema.safeParse(input)
  if (result.success) return { data: result.data }
  const found = inputProblems(schema, input, result.error)
  // A parameter is known by its name, a place in the body by its pointer.
  problems.push(...found.map(one => (part === 'body' ? one : { ...one, path: one.path.slice(1) })))
  return null
}

export function summary(problems: readonly InputProblem[]): string {
  const [first] = problems
  if (first === undefined) return 'the input has mistakes'
  const place = first.path === '' ? 'the body' : first.path
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more in "errors")`
  return `${place} ${first.message}${more}`
}

const REASON_MAX = 500

const ACTOR_MAX = 100

/** Node reads headers as Latin-1 (RFC 9110 section 5.5); people write UTF-8. */
function textOf(header: string): string {
  const text = Buffer.from(header, 'latin1').toString('utf8').trim()
  return text.includes('\ufffd') ? header.trim() : text
}

/** A name that is told to others: on one line, without what hides or reorders text. */
function readActor(header: string | undefined): string | null {
  const name = textOf(header ?? '')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  if (name.length <= ACTOR_MAX) return name === '' ? null : name
  const problems = [{ path: 'X-Actor', message: `at most ${ACTOR_MAX} characters: the name of a person` }]
  throw new TocsinError('INVALID_INPUT', summary(problems), { problems })
}

function readReason(header: string | undefined): string | null {
  if (header === undefined || header.trim() === '') return null
  const reason = textOf(header)
  if (reason.length <= REASON_MAX) return reason
  const problems = [{ path: 'X-Change-Reason', message: `at most ${REASON_MAX} characters` }]
  throw new TocsinError('INVALID_INPUT', summary(problems), { problems })
}
