import { z } from 'zod'
import { mayDo, type Role } from '../access/caller.ts'
import { TocsinError } from '../errors.ts'
import { FILE_HEAD } from '../platform/file-head.ts'
import { writeYaml } from '../platform/write-yaml.ts'
import { applyImport } from './apply-import.ts'
import { API_VERSION, documentedImportSchema, exportedSchema } from './as-code-document.ts'
import { type Call, type Endpoint, endpoint, NO_BODY, NOTHING, summary } from './endpoint.ts'
import { exampleDocument } from './examples.ts'
import { exportDocument } from './export-document.ts'
import { changing, exampleImport, importAnswerSchema, planAnswer } from './import-answer.ts'
import { type ImportPlan, planImport } from './plan-import.ts'
import { authorOf } from './publish-rules.ts'
import { placeIn, sayPlace, YAML_LIMIT, YAML_TYPE } from './yaml-body.ts'

const exampleFile = {
  apiVersion: API_VERSION,
  rules: exampleDocument,
  destinations: [{ id: 'backlog', name: 'Backlog', fallback: null, kind: 'backlog' as const }],
  sources: [],
} as const

const yesOrNo = z.enum(['true', 'false']).default('false')

/** Everything that is configuration as one file, out and in. */
export const asCodeEndpoints: Endpoint[] = [
  endpoint({
    id: 'exportEverything',
    method: 'GET',
    path: '/export',
    tag: 'rules',
    summary: 'Rules, destinations and sources as one document, to be kept as code',
    description:
      'JSON, or YAML with `format=yaml` or `Accept: application/yaml`; the same bytes until something changes. Without secrets: `kept` says that there is one.',
    params: NOTHING,
    query: z.strictObject({
      format: z.enum(['yaml', 'json']).optional().describe('Left out: as Accept says, or JSON'),
    }),
    body: NO_BODY,
    etag: true,
    yaml: true,
    response: exportedSchema,
    errors: ['CONFLICT'],
    example: { response: { ...exampleFile, destinations: [...exampleFile.destinations], sources: [] } },
    async handle({ operations, query, accept }) {
      const { document, version } = await exportDocument(operations)
      if (!asYaml(query.format, accept)) return { body: document, version }
      if (JSON.stringify(document).length > YAML_LIMIT) {
        const words = 'it is too large to be written as YAML here: ask for JSON, as "tocsin rules export" does'
        throw new TocsinError('CONFLICT', words)
      }
      const text = { type: `${YAML_TYPE}; charset=utf-8`, content: writeYaml(document, FILE_HEAD) }
      return { body: document, version: `${version}-yaml`, text }
    },
  }),
  endpoint({
    id: 'importEverything',
    method: 'POST',
    path: '/import',
    tag: 'rules',
    role: 'viewer',
    audited: true,
    summary: 'Check a document, say what it would change, and apply it',
    description:
      'JSON, or YAML 1.2 as `application/yaml` up to 512 KiB. A dry run takes a viewer; applying takes an editor, and an admin where destinations or sources change. What the document leaves out stays; `prune=true` removes destinations and sources that are not in its list. `If-Match`: the ETag of the export, or the number of a revision.',
    params: NOTHING,
    query: z.strictObject({
      dryRun: yesOrNo.describe('true: nothing is changed, and problems are answered instead of refused'),
      prune: yesOrNo.describe('true: what is missing in a list goes, unless the environment sets it'),
    }),
    body: z.unknown(),
    documents: documentedImportSchema,
    ifMatch: 'optional',
    etag: true,
    yaml: true,
    reasoned: true,
    acted: true,
    idempotent: true,
    response: importAnswerSchema,
    errors: ['INVALID_YAML', 'CONFLICT', 'MANAGED_BY_ENVIRONMENT', 'IN_USE'],
    example: { body: { apiVersion: API_VERSION, rules: exampleDocument }, response: exampleImport },
    handle: importDocument,
  }),
]

function asYaml(format: 'yaml' | 'json' | undefined, accept: string | null): boolean {
  return format === undefined ? /\byaml\b/.test(accept ?? '') : format === 'yaml'
}

type ImportCall = Call<unknown, { dryRun: 'true' | 'false'; prune: 'true' | 'false' }, unknown>

async function importDocument(call: ImportCall) {
  const { operations, caller, query, body, reason, expected } = call
  const dryRun = query.dryRun === 'true'
  const prune = query.prune === 'true'
  const maySee = mayDo(caller.role, 'admin')
  const plan = await planImport(operations, body, { prune, maySee, apply: !dryRun })
  const told = planAnswer(plan, body)
  if (dryRun) return { body: told, version: plan.standing.version, change: null }
  if (plan.problems.length > 0) throw refused(plan, body)
  requireRole(call, 'editor', 'applying')
  requireStanding(plan, expected)
  const records = [...plan.destinations, ...plan.sources]
  // Who may not see whether a secret is the stored one may not set it either.
  if (changing(records) || records.some(({ secret }) => secret === 'open'))
    requireRole(call, 'admin', 'changing destinations, sources or secrets')
  const message = reason ?? 'applied from a file'
  const { done, stopped } = await applyImport(operations, plan, { author: authorOf(call).author, message })
  const after = await exportDocument(operations)
  const revision = after.revision.number
  const change = {
    what: 'everything, from a file',
    before: { revision: plan.standing.revision.number },
    after: { revision, message, done, changes: told.lines.slice(0, MOST_LINES) },
  }
  return {
    body: { ...told, applied: done.length > 0, done, stopped, revision },
    version: after.version,
    change: done.length === 0 ? null : change,
  }
}

/** Kept in the audit trail. */
const MOST_LINES = 100

function requireRole({ caller }: ImportCall, needed: Role, what: string): void {
  if (mayDo(caller.role, needed)) return
  const words = `${caller.name} is a ${caller.role}, and ${what} takes at least a ${needed}: use a key with that role`
  throw new TocsinError('FORBIDDEN', words)
}

/** The number of a revision guards the rules; the ETag of an export everything in it. */
function requireStanding({ standing }: ImportPlan, expected: string | null): void {
  if (expected === null) return
  const named = expected.replace(/-yaml$/, '')
  const number = String(standing.revision.number)
  if (named === standing.version || named === number) return
  const what =
    named.split('-')[0] === number ? 'destinations or sources were changed' : `the rules are at revision ${number}`
  const words = `${what}, and your file was made for ${named}: look at the difference, then apply it again`
  throw new TocsinError('STALE_ETAG', words)
}

function refused({ problems }: ImportPlan, body: unknown): TocsinError {
  const placed = problems.map(({ path, message }) => ({ path, message: `${message}${sayPlace(placeIn(body, path))}` }))
  return new TocsinError('INVALID_INPUT', summary(placed), { problems: placed })
}
