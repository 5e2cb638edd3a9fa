import type { StoredDestination } from '../deliver/destination.ts'
import { changeProblems, fallbackProblems, reservedProblems } from '../deliver/destination-problems.ts'
import { secretNames } from '../deliver/destination-secret.ts'
import type { InputProblem } from '../errors.ts'
import { diffRules, type RowChange } from '../rules/diff-rules.ts'
import type { RulesDocument } from '../rules/rules-document.ts'
import type { Warning } from '../rules/warning.ts'
import type { Source } from '../sentry/source.ts'
import { type Imported, importedSchema, references, secretFormProblems, secretGiven } from './as-code-document.ts'
import { depthOf } from './draft-document.ts'
import { asDestination, asSource, exportDocument, type Standing } from './export-document.ts'
import { inputProblems } from './input-problems.ts'
import type { Operations } from './operations.ts'
import { planRecords, type RecordPlan } from './plan-records.ts'

export interface ImportPlan {
  standing: Standing
  problems: InputProblem[]
  warnings: Warning[]
  /** What of the rules would change; none: no revision is made. */
  rules: { document: RulesDocument; changes: RowChange[] } | null
  destinations: RecordPlan<StoredDestination>[]
  sources: RecordPlan<Source>[]
}

interface How {
  prune: boolean
  /** They may know whether a secret is the stored one. */
  maySee: boolean
  /** It is about to be applied: a secret by reference only cannot be. */
  apply: boolean
}

/** As drafts: depthOf counts no further. */
const DEEPEST = 40

/** What a file would change, and everything that keeps it from being applied. Changes nothing. */
export async function planImport(operations: Operations, input: unknown, how: How): Promise<ImportPlan> {
  const standing = await exportDocument(operations)
  const nothing = { standing, problems: [], warnings: [], rules: null, destinations: [], sources: [] }
  if (depthOf(input) > DEEPEST)
    return { ...nothing, problems: [{ path: '', message: `is nested more than ${DEEPEST} deep` }] }
  const read = importedSchema.safeParse(input)
  if (!read.success) return { ...nothing, problems: inputProblems(importedSchema, input, read.error) }
  const destinations = planDestinations(operations, read.data, standing, how)
  const sources = planSources(operations, read.data, standing, how)
  const rules = await planRules(operations, read.data, standing, destinations.plans)
  const problems = [...rules.problems, ...destinations.problems, ...sources.problems]
  const { warnings, ...rest } = rules
  return {
    ...{ standing, problems, warnings: problems.length === 0 ? warnings : [] },
    ...{ rules: rest.rules, destinations: destinations.plans, sources: sources.plans },
  }
}

function planDestinations({ destinations }: Operations, file: Imported, { places }: Standing, how: How) {
  const standing = places.map(({ version, value }) => ({ ...value, version, value: asDestination(value) }))
  const wanted = file.destinations?.map(({ managedBy, secret, ...value }) => ({
    ...{ value: value as StoredDestination, managedBy, given: secretGiven(secret) },
  }))
  const { plans, problems } = planRecords<StoredDestination>({
    ...{ kind: 'destination', wanted: wanted ?? null, standing, prune: how.prune },
    secretIs: how.maySee ? (id, secret) => destinations.secretIs(id, secret) : null,
  })
  const after = plans.filter(({ what }) => what !== 'removed').map(({ value }) => value)
  for (const [at, { value, given }] of (wanted ?? []).entries()) {
    if (plans[at]?.what === 'left') continue
    const old = standing.find(one => one.value.id === value.id)
    const missing = old === undefined && given === null ? secretNames(value.kind) : []
    const found = [
      ...reservedProblems(value),
      // The environment's own stand in for each other: what does not change is not asked.
      ...(plans[at]?.what === 'same' ? [] : fallbackProblems(after, value)),
      ...(old === undefined ? [] : changeProblems(old.value, value, given === null ? undefined : {})),
      ...missing.map(name => missingSecret(name, `a ${value.kind} destination cannot work without it`)),
      ...secretFormProblems(value.kind, given),
      ...(how.apply ? unresolved(given) : []),
    ]
    problems.push(...found.map(({ path, message }) => ({ path: `/destinations/${at}${path}`, message })))
  }
  // One that stays may fall back on one that goes.
  for (const { id, what, value } of plans) {
    if ((what !== 'left' && what !== 'same') || !fallbackProblems(after, value)[0]?.message.startsWith('there is no'))
      continue
    problems.push({
      path: '/destinations',
      message: `"${id}" falls back on "${value.fallback}", which would be removed`,
    })
  }
  return { plans, problems }
}

function planSources({ sources }: Operations, file: Imported, { origins }: Standing, how: How) {
  const standing = origins.map(({ version, value }) => ({ ...value, version, value: asSource(value) }))
  const wanted = file.sources?.map(({ managedBy, secret, ...value }) => ({
    ...{ value: value as Source, managedBy, given: secretGiven(secret) },
  }))
  const { plans, problems } = planRecords<Source>({
    ...{ kind: 'source', wanted: wanted ?? null, standing, prune: how.prune },
    secretIs: how.maySee ? (id, secret) => sources.secretIs(id, secret) : null,
  })
  for (const [at, { value, given }] of (wanted ?? []).entries()) {
    if (plans[at]?.what === 'left') continue
    const old = standing.find(one => one.value.id === value.id)
    const keepsToken = old?.secrets.includes('apiToken') === true && given?.apiToken === undefined
    const moved = keepsToken && old?.value.url !== value.url
    const found = [
      ...(old === undefined && given?.clientSecrets === undefined
        ? [missingSecret('clientSecrets', 'without it no webhook can be verified')]
        : []),
      ...(moved
        ? [{ path: '/secret', message: 'the url changes: give apiToken again, a kept one is not sent elsewhere' }]
        : []),
      ...secretFormProblems('source', given),
      ...(how.apply ? unresolved(given) : []),
    ]
    problems.push(...found.map(({ path, message }) => ({ path: `/sources/${at}${path}`, message })))
  }
  return { plans, problems }
}

function missingSecret(name: string, why: string): InputProblem {
  return { path: '/secret', message: `${name} is required, as { ${name}: { fromEnv: NAME } }: ${why}` }
}

function unresolved(given: RecordPlan<unknown>['given']): InputProblem[] {
  return references(given).map(pointer => ({
    path: `/secret${pointer}`,
    message: 'names an environment variable: "tocsin rules apply" puts its value in; over REST send the value',
  }))
}

async function planRules(
  { rules }: Operations,
  file: Imported,
  { revision }: Standing,
  plans: readonly RecordPlan<StoredDestination>[],
) {
  const after = plans.filter(({ what }) => what !== 'removed').map(({ value }) => value)
  const inFile = file.rules !== undefined
  const input = inFile ? file.rules : revision.document
  const checked = await rules.validate(input, after)
  const found = 'problems' in checked ? checked.problems : []
  // What is in force already, and no longer fits, is none of the file's lines.
  const problems = found.map(({ path, message }) => ({
    path: inFile ? `/rules${path}` : '/rules',
    message: inFile ? message : `${path} ${message}`,
  }))
  if ('problems' in checked) return { problems, warnings: [], rules: null }
  const parsed = checked.document
  const warnings = (await rules.warnings(parsed, after)).map(one => ({
    ...one,
    path: one.path.startsWith('/destinations') ? one.path : `/rules${one.path}`,
  }))
  const changes = diffRules(revision.document, parsed)
  return { problems, warnings, rules: changes.length === 0 ? null : { document: parsed, changes } }
}
