import type { InputProblem } from '../errors.ts'
import { diffMembers, type MemberChange } from '../rules/diff-rules.ts'
import { references, type SecretGiven } from './as-code-document.ts'
import type { ManagedBy } from './operations.ts'

/** What a file would do with one destination or source. */
export interface RecordPlan<V> {
  kind: 'destination' | 'source'
  id: string
  /** left: not in the file, or set by environment variables here; it stays as it is. */
  what: 'added' | 'changed' | 'removed' | 'same' | 'left'
  members: MemberChange[]
  /** new: another than is stored. open: by reference, or asked by someone who may not know; seen when it is applied. */
  secret: 'none' | 'kept' | 'same' | 'new' | 'open'
  /** In the file, or else as it is. */
  value: V
  given: SecretGiven
  version: string | null
  /** The file speaks of its kind, so people may wonder about it. */
  told: boolean
}

interface Standing<V> {
  version: string
  managedBy: ManagedBy
  secrets: readonly string[]
  value: V
}

interface Asked<V> {
  kind: 'destination' | 'source'
  /** In the file; null: the file says nothing of this kind. */
  wanted: readonly { value: V; given: SecretGiven; managedBy: ManagedBy | undefined }[] | null
  standing: readonly Standing<V>[]
  prune: boolean
  /** Whether a secret is the stored one; null: the caller may not know. */
  secretIs: ((id: string, secret: Record<string, unknown>) => boolean) | null
}

/** Each record of the file, in its order, then those that are not in it. */
export function planRecords<V extends { id: string }>(asked: Asked<V>) {
  const problems: InputProblem[] = []
  const standing = new Map(asked.standing.map(one => [one.value.id, one]))
  const named = new Map<string, number>()
  const plans = (asked.wanted ?? []).map(({ value, given, managedBy }, at): RecordPlan<V> => {
    const is = standing.get(value.id)
    const path = `/${asked.kind}s/${at}`
    const first = named.get(value.id)
    if (first !== undefined) problems.push({ path: `${path}/id`, message: `is the id of ${asked.kind}s/${first} too` })
    named.set(value.id, first ?? at)
    const plan = planOne(asked, value, given, is)
    if (is?.managedBy !== 'environment' || plan.what === 'same') return plan
    if (managedBy === 'environment') return { ...plan, value: is.value, what: 'left', members: [], secret: 'kept' }
    const message =
      'is set by environment variables: change those, or mark it "managedBy: environment" to leave it alone'
    problems.push({ path, message })
    return plan
  })
  const others = asked.standing
    .filter(({ value }) => !named.has(value.id))
    .map(({ value, version, managedBy, secrets }): RecordPlan<V> => {
      const goes = asked.prune && asked.wanted !== null && managedBy === 'api'
      const secret = secrets.length === 0 ? 'none' : 'kept'
      const what = goes ? 'removed' : 'left'
      return {
        kind: asked.kind,
        id: value.id,
        what,
        members: [],
        secret,
        value,
        given: null,
        version,
        told: asked.wanted !== null,
      }
    })
  return { plans: [...plans, ...others], problems }
}

function planOne<V extends { id: string }>(
  { kind, secretIs }: Asked<V>,
  value: V,
  given: SecretGiven,
  is: Standing<V> | undefined,
): RecordPlan<V> {
  const common = { kind, id: value.id, value, given, version: is?.version ?? null, told: true }
  if (is === undefined) {
    const secret = given === null ? 'none' : references(given).length > 0 ? 'open' : 'new'
    return { ...common, what: 'added', members: [], secret }
  }
  const members = diffMembers(is.value, value)
  const secret = secretWord(value.id, given, is, secretIs)
  return { ...common, members, secret, what: members.length > 0 || secret === 'new' ? 'changed' : 'same' }
}

function secretWord<V>(
  id: string,
  given: SecretGiven,
  { secrets }: Standing<V>,
  secretIs: Asked<V>['secretIs'],
): RecordPlan<V>['secret'] {
  if (given === null || Object.keys(given).length === 0) return secrets.length === 0 ? 'none' : 'kept'
  if (references(given).length > 0 || secretIs === null) return 'open'
  return secretIs(id, given) ? 'same' : 'new'
}

const MARKS = { added: '+', changed: '~', removed: '-', same: ' ', left: ' ' } as const
const LONGEST = 160

/** Lines for people, of what changes and of what they may wonder about. */
export function sayRecords(plans: readonly RecordPlan<unknown>[]): string[] {
  return plans
    .filter(({ told }) => told)
    .flatMap(plan => {
      const said = sayRecord(plan)
      return said === null ? [] : [`${MARKS[plan.what]} ${plan.kind} "${plan.id}": ${said}`]
    })
}

function sayRecord({ what, members, secret }: RecordPlan<unknown>): string | null {
  const open = secret === 'open' ? ['its secret comes from the environment when it is applied'] : []
  if (what === 'added') return ['added', ...open].join('; ')
  if (what === 'removed') return 'removed'
  if (what === 'left') return 'not in the file, or set by the environment; left as it is'
  const said = members.map(({ path, before, after }) => `${path.slice(1)} was ${short(before)}, is ${short(after)}`)
  if (secret === 'new') said.push('another secret')
  return said.length + open.length === 0 ? null : [...said, ...open].join('; ')
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
