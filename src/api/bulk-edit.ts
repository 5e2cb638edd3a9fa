import { z } from 'zod'
import { fieldNamed, fieldNames } from '../classify/fields.ts'
import { severityRuleSchema } from '../classify/severity-rule.ts'
import type { InputProblem } from '../errors.ts'
import { inhibitionSchema } from '../mute/inhibition.ts'
import { maintenanceWindowSchema } from '../mute/maintenance-window.ts'
import { policySchema, routeSchema } from '../route/escalation-table.ts'
import { isObject, type RawObject } from '../rules/problem-list.ts'
import { sameValue } from '../rules/same-value.ts'
import { didYouMean } from '../suggest.ts'
import { mergePatch } from './merge-patch.ts'

const table = z.enum(['routes', 'policies', 'severity-rules', 'maintenance', 'inhibitions'])
const id = policySchema.shape.id
const plain = z.union([z.string(), z.number(), z.boolean()])

/** One operation on everything that it fits. */
export const bulkOperationSchema = z.discriminatedUnion('op', [
  z
    .strictObject({ op: z.literal('replace-destination'), from: id, to: id })
    .describe('In every step of every policy, where silences are announced, and where it is the fallback of another'),
  z
    .strictObject({ op: z.literal('rename-channel'), from: z.string().min(1).max(80), to: z.string().min(1).max(80) })
    .describe('Of every Slack destination that posts there; the rules stay as they are'),
  z
    .strictObject({ op: z.literal('replace-policy'), from: id, to: id, remove: z.boolean().default(false) })
    .describe('In every route; remove: and take the old one out'),
  z.strictObject({ op: z.literal('rename'), table, from: id, to: id }).describe('The id of a row, and what names it'),
  z
    .strictObject({
      op: z.literal('set'),
      table,
      where: z.record(z.string(), z.unknown()).default({}).describe('Members that the row must have, as they are'),
      asks: z
        .record(z.string(), plain)
        .default({})
        .describe('Fields that its condition compares with that value, with = or in'),
      set: z.record(z.string(), z.unknown()).describe('A JSON Merge Patch (RFC 7396) of each such row'),
    })
    .describe('Members of all rows that fit; without where and asks: of all'),
])
export type BulkOperation = z.output<typeof bulkOperationSchema>

export interface DestinationEdit {
  id: string
  member: 'fallback' | 'channel'
  before: string | null
  after: string | null
}
export interface KnownDestination {
  id: string
  kind: string
  fallback: string | null
  channel?: string | undefined
}

export interface BulkEdited {
  /** Unchecked: the validator has the say. */
  document: RawObject
  destinations: DestinationEdit[]
  /** Places that each operation changed, in their order. */
  places: number[]
  problems: InputProblem[]
}

type Table = z.output<typeof table>
type Member = 'routes' | 'policies' | 'severityRules' | 'maintenance' | 'inhibitions'
const MEMBER: Readonly<Record<Table, Member>> = {
  routes: 'routes',
  policies: 'policies',
  'severity-rules': 'severityRules',
  maintenance: 'maintenance',
  inhibitions: 'inhibitions',
}
const SHAPES: Readonly<Record<Table, object>> = {
  routes: routeSchema.shape,
  policies: policySchema.shape,
  'severity-rules': severityRuleSchema.shape,
  maintenance: maintenanceWindowSchema.shape,
  inhibitions: inhibitionSchema.shape,
}

/** What the operations make of the document and the destinations beside it, one after the other. Pure. */
export function bulkEdit(
  given: RawObject,
  known: readonly KnownDestination[],
  operations: readonly BulkOperation[],
): BulkEdited {
  let document = structuredClone(given)
  // As the operations before have left them.
  let beside = [...known]
  const problems: InputProblem[] = []
  const places: number[] = []
  let count = 0

  function edit(member: Member, change: (row: RawObject) => RawObject): void {
    const rows: unknown[] = Array.isArray(document[member]) ? document[member] : []
    const edited = rows.map(row => {
      if (!isObject(row)) return row
      const next = change(row)
      if (sameValue(next, row)) return row
      count += 1
      return next
    })
    document = { ...document, [member]: edited }
  }
  function editBeside(change: (one: KnownDestination) => KnownDestination): void {
    beside = beside.map(one => {
      const next = change(one)
      if (!sameValue(next, one)) count += 1
      return next
    })
  }
  function mustKnow(name: string, names: readonly string[], path: string, noun: string): boolean {
    if (names.includes(name)) return true
    problems.push({ path, message: `there is no ${noun} "${name}".${didYouMean(name, names)}` })
    return false
  }

  for (const [index, operation] of operations.entries()) {
    const path = `/operations/${index}`
    count = 0
    switch (operation.op) {
      case 'replace-destination': {
        const { from, to } = operation
        const ids = known.map(one => one.id)
        if (!mustKnow(from, ids, `${path}/from`, 'destination')) break
        if (!mustKnow(to, ids, `${path}/to`, 'destination')) break
        edit('policies', policy => withTargets(policy, from, to))
        const { settings } = document
        if (from !== to && isObject(settings) && settings.silenceAnnouncedIn === from) {
          document = { ...document, settings: { ...settings, silenceAnnouncedIn: to } }
          count += 1
        }
        // Nothing can stand in for itself.
        editBeside(one => (one.fallback === from ? { ...one, fallback: one.id === to ? null : to } : one))
        break
      }
      case 'rename-channel': {
        const { from, to } = operation
        const channels = beside.flatMap(({ channel }) => channel ?? [])
        if (!mustKnow(from, [...new Set(channels)], `${path}/from`, 'Slack destination for')) break
        editBeside(one => (one.channel === from ? { ...one, channel: to } : one))
        break
      }
      case 'replace-policy': {
        const { from, to } = operation
        if (!mustKnow(from, idsOf(document.policies), `${path}/from`, 'policy')) break
        if (!mustKnow(to, idsOf(document.policies), `${path}/to`, 'policy')) break
        edit('routes', route => (route.policy === from ? { ...route, policy: to } : route))
        if (operation.remove && from !== to) {
          document = { ...document, policies: rowsOf(document.policies).filter(row => !hasId(row, from)) }
          count += 1
        }
        break
      }
      case 'rename': {
        const { from, to } = operation
        const member = MEMBER[operation.table]
        const ids = idsOf(document[member])
        if (!mustKnow(from, ids, `${path}/from`, 'row')) break
        if (from !== to && ids.includes(to)) {
          problems.push({ path: `${path}/to`, message: `"${to}" is taken: choose another id` })
          break
        }
        edit(member, row => (row.id === from ? { ...row, id: to } : row))
        if (member === 'policies') edit('routes', route => (route.policy === from ? { ...route, policy: to } : route))
        break
      }
      case 'set': {
        if ('id' in operation.set) {
          problems.push({ path: `${path}/set/id`, message: 'an id stays; use the operation "rename"' })
          break
        }
        const { where, asks, set } = operation
        const wrong = misspelt(operation, rowsOf(document[MEMBER[operation.table]]), path)
        problems.push(...wrong)
        if (wrong.length > 0) break
        edit(MEMBER[operation.table], row =>
          contains(row, where) &&
          Object.entries(asks).every(([field, value]) => conditionsOf(row).some(one => doesAsk(one, field, value)))
            ? (mergePatch(row, set) as RawObject)
            : row,
        )
      }
    }
    places.push(count)
  }
  return { document, destinations: edits(known, beside), places, problems }
}

/** What all operations together make of each destination. */
function edits(known: readonly KnownDestination[], now: readonly KnownDestination[]): DestinationEdit[] {
  return known.flatMap((was, at): DestinationEdit[] => {
    const is = now[at] ?? was
    const fallback = { id: was.id, member: 'fallback' as const, before: was.fallback, after: is.fallback }
    const channel = { id: was.id, member: 'channel' as const, before: was.channel ?? null, after: is.channel ?? null }
    return [channel, fallback].filter(({ before, after }) => before !== after)
  })
}

/** Names that no row has: such a filter would fit nothing, and look as if there were nothing to do. */
function misspelt(
  { table: list, where, asks, set }: Extract<BulkOperation, { op: 'set' }>,
  rows: readonly unknown[],
  path: string,
): InputProblem[] {
  const members = Object.keys(SHAPES[list])
  const known = new Set([...members, ...rows.flatMap(row => (isObject(row) ? Object.keys(row) : []))])
  const fields = [...new Set((['issue', 'project', 'metric', 'source', 'route'] as const).flatMap(fieldNames))]
  const unknown = (part: string, names: readonly string[], candidates: readonly string[]) =>
    names.map(name => ({
      path: `${path}/${part}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      message: `${list} have no ${part === 'asks' ? 'field' : 'member'} "${name}".${didYouMean(name, candidates)}`,
    }))
  return [
    ...unknown(
      'where',
      Object.keys(where).filter(name => !known.has(name)),
      members,
    ),
    ...unknown(
      'asks',
      Object.keys(asks).filter(name => fieldNamed(name) === undefined),
      fields,
    ),
    ...unknown(
      'set',
      Object.keys(set).filter(name => !known.has(name)),
      members,
    ),
  ]
}

/** What a row asks: a route's `when`, an inhibition's `source` and `target`. */
function conditionsOf({ when, source, target }: RawObject): unknown[] {
  return [when, source, target]
}

function rowsOf(list: unknown): unknown[] {
  return Array.isArray(list) ? list : []
}

function hasId(row: unknown, wanted: string): boolean {
  return isObject(row) && row.id === wanted
}

function idsOf(list: unknown): string[] {
  return rowsOf(list).flatMap(row => (isObject(row) && typeof row.id === 'string' ? [row.id] : []))
}

function withTargets(policy: RawObject, from: string, to: string): RawObject {
  const steps = rowsOf(policy.steps).map(step => {
    if (!isObject(step)) return step
    const targets = rowsOf(step.targets).map(target =>
      isObject(target) && target.destination === from ? { ...target, destination: to } : target,
    )
    // Told at both before, it is told once now.
    return { ...step, targets: targets.filter((one, at) => targets.findIndex(other => sameValue(one, other)) === at) }
  })
  return { ...policy, steps }
}

/** Has the row all that `where` says? Objects in part, everything else as it is. */
function contains(row: unknown, where: unknown): boolean {
  if (!isObject(where) || !isObject(row)) return sameValue(row, where)
  return Object.entries(where).every(([name, wanted]) => contains(row[name], wanted))
}

function doesAsk(condition: unknown, field: string, value: unknown): boolean {
  if (Array.isArray(condition)) return condition.some(part => doesAsk(part, field, value))
  if (!isObject(condition)) return false
  if (condition.field === field) {
    if (condition.op === '=') return condition.value === value
    return condition.op === 'in' && Array.isArray(condition.value) && condition.value.includes(value)
  }
  return doesAsk(condition.all ?? condition.any, field, value)
}
