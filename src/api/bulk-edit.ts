import { z } from 'zod'
import type { InputProblem } from '../errors.ts'
import { policySchema } from '../route/escalation-table.ts'
import { isObject, type RawObject } from '../rules/problem-list.ts'
import { sameValue } from '../rules/same-value.ts'
import { didYouMean } from '../rules/suggest.ts'
import { mergePatch } from './merge-patch.ts'

const table = z.enum(['routes', 'policies', 'severity-rules'])
const id = policySchema.shape.id
const plain = z.union([z.string(), z.number(), z.boolean()])

/** One operation on everything that it fits. */
export const bulkOperationSchema = z.discriminatedUnion('op', [
  z
    .strictObject({ op: z.literal('replace-destination'), from: id, to: id })
    .describe('In every step of every policy, and where it is the fallback of another'),
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

type Member = 'routes' | 'policies' | 'severityRules'
const MEMBER = { routes: 'routes', policies: 'policies', 'severity-rules': 'severityRules' } as const

/** What the operations make of the document and the destinations beside it, one after the other. Pure. */
export function bulkEdit(
  given: RawObject,
  known: readonly KnownDestination[],
  operations: readonly BulkOperation[],
): BulkEdited {
  let document = structuredClone(given)
  const destinations: DestinationEdit[] = []
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
  function mustKnow(name: string, names: readonly string[], path: string, noun: string): boolean {
    if (names.includes(name)) return true
    problems.push({ path, message: `there is no ${noun} "${name}".${didYouMean(name, names)}` })
    return false
  }

  for (const [index, operation] of operations.entries()) {
    const path = `/operations/${index}`
    count = 0
    const beside = destinations.length
    switch (operation.op) {
      case 'replace-destination': {
        const ids = known.map(one => one.id)
        if (!mustKnow(operation.from, ids, `${path}/from`, 'destination')) break
        if (!mustKnow(operation.to, ids, `${path}/to`, 'destination')) break
        edit('policies', policy => withTargets(policy, operation.from, operation.to))
        for (const one of known) {
          if (one.fallback !== operation.from) continue
          // Nothing can stand in for itself.
          const after = one.id === operation.to ? null : operation.to
          destinations.push({ id: one.id, member: 'fallback', before: one.fallback, after })
        }
        break
      }
      case 'rename-channel': {
        const channels = known.flatMap(({ channel }) => channel ?? [])
        if (!mustKnow(operation.from, [...new Set(channels)], `${path}/from`, 'Slack destination for')) break
        for (const one of known)
          if (one.channel === operation.from)
            destinations.push({ id: one.id, member: 'channel', before: operation.from, after: operation.to })
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
        edit(MEMBER[operation.table], row =>
          contains(row, where) && Object.entries(asks).every(([field, value]) => doesAsk(row.when, field, value))
            ? (mergePatch(row, set) as RawObject)
            : row,
        )
      }
    }
    places.push(count + destinations.length - beside)
  }
  return { document, destinations, places, problems }
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
