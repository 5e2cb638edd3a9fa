import type { Suspect } from '../incidents/incident.ts'
import type { GapItem } from '../sentry/poll-store.ts'
import { incidentId, incidentKey } from '../signals/dedup-key.ts'
import type { Signal } from '../signals/signal.ts'
import { aboutSource } from './derive-signal.ts'

export interface Gap {
  /** ms. */
  from: number
  to: number
  /** Nobody could be reached at the door either; else only the webhooks were missing. */
  doorShut: boolean
}

const MOST_NAMED = 3
const MOST_LISTED = 50

/** What makes one gap's incident: each gap has its own, so that it is told once. */
export const missedCondition = (from: number) => `missed-webhooks-${new Date(from).toISOString().slice(0, 19)}Z`

/** One word about a gap, when it has been caught up with: what was missed in it, the largest by name. */
export function missedSummary(source: string, gap: Gap, items: readonly GapItem[], now: number): Signal {
  const condition = missedCondition(gap.from)
  const signal = aboutSource(source, condition, titleOf(gap, items), 'alert', now)
  return { ...signal, id: `${condition}-${source}` }
}

export function summaryIncident(signal: Signal): string {
  return incidentId(incidentKey(signal.source, signal.subject) ?? '')
}

/** What was missed, as the incident lists it: open ones first, the largest first. */
export function missedAsSuspects(items: readonly GapItem[]): Suspect[] {
  return largestFirst(items)
    .slice(0, MOST_LISTED)
    .map(({ issue, incident, title, link, users, open }) => ({
      incident,
      issue,
      title: open ? title : `${title} (resolved since)`,
      link,
      events: null,
      users,
      coreFlow: null,
    }))
}

function titleOf({ from, to, doorShut }: Gap, items: readonly GapItem[]): string {
  const open = largestFirst(items.filter(item => item.open))
  const over = items.length - open.length
  const span = spanWords(from, to)
  const happened = doorShut ? `Nobody was listening ${span}` : `Sentry's webhooks did not all arrive ${span}`
  const counts = [over === 0 ? '' : `${over} resolved since`, open.length === 0 ? 'none open' : `${open.length} open`]
  const names = open.slice(0, MOST_NAMED).map(item => item.title)
  const more = open.length > names.length ? `; and ${open.length - names.length} more` : ''
  const named = names.length === 0 ? '' : `: ${names.join('; ')}${more}`
  const issues = `${items.length} issue${items.length === 1 ? '' : 's'} missed`
  return `${happened}: ${issues}, ${counts.filter(part => part !== '').join(', ')}${named}`
}

function largestFirst(items: readonly GapItem[]): GapItem[] {
  return [...items].sort((a, b) => Number(b.open) - Number(a.open) || (b.users ?? 0) - (a.users ?? 0))
}

/** "from 02:00 to 08:10 UTC"; with the days when it was more than one. */
function spanWords(from: number, to: number): string {
  const [a, b] = [from, to].map(at => new Date(at).toISOString()) as [string, string]
  const sameDay = a.slice(0, 10) === b.slice(0, 10)
  const words = (iso: string) => (sameDay ? iso.slice(11, 16) : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`)
  return `from ${words(a)} to ${words(b)} UTC`
}
