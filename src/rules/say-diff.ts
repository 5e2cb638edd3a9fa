import type { MemberChange, RowChange } from './diff-rules.ts'
import { isObject } from './problem-list.ts'

const NOUNS: Readonly<Record<string, string>> = {
  coreFlows: 'core flow',
  severityRules: 'severity rule',
  policies: 'policy',
  routes: 'route',
  people: 'person',
  settings: 'setting',
  maintenance: 'maintenance window',
  inhibitions: 'inhibition',
}
const MARKS = { added: '+', removed: '-', changed: '~', moved: '↕' } as const
/** A line is read in one glance, in a terminal or an error. */
const LONGEST = 160
const MOST_IN_A_LINE = 6

/** The row as people call it: `route "payments"`. */
export function nameOfRow({ list, id }: Pick<RowChange, 'list' | 'id'>): string {
  return id === '' ? list : `${NOUNS[list] ?? list} "${id}"`
}

/** One line for each change: `~ route "payments": policy was "p1", is "p0"`. Without secrets, because rules hold none. */
export function sayDiff(changes: readonly RowChange[]): string[] {
  return changes.map(change => `${MARKS[change.what]} ${sayChange(change)}`)
}

export function sayChange(change: RowChange): string {
  const name = nameOfRow(change)
  if (change.what === 'moved') return `${name}: moved from place ${place(change.from)} to ${place(change.to)}`
  if (change.what === 'changed') return `${name}: ${sayMembers(change.members)}`
  const at = change.what === 'added' && change.to !== null ? ` at place ${place(change.to)}` : ''
  return `${name}: ${change.what}${at}${sayRow(change.row)}`
}

function place(at: number | null): string {
  return at === null ? '?' : String(at + 1)
}

function sayRow(row: unknown): string {
  if (row === undefined) return ''
  const name = isObject(row) && typeof row.name === 'string' ? row.name : null
  return name === null ? `, ${short(row)}` : `, ${short(name)}`
}

function sayMembers(members: readonly MemberChange[]): string {
  const said = members.slice(0, MOST_IN_A_LINE).map(sayMember)
  const more = members.length - said.length
  return said.join('; ') + (more > 0 ? `; and ${more} more` : '')
}

function sayMember(member: MemberChange): string {
  const name = member.path === '' ? '' : `${member.path.slice(1)} `
  if (!('before' in member)) return `${name}is now ${short(member.after)}`
  if (!('after' in member)) return `${name}was ${short(member.before)}, is gone`
  return `${name}was ${short(member.before)}, is ${short(member.after)}`
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
