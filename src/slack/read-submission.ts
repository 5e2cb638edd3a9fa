import { type Act, actSchema } from '../incidents/act.ts'
import type { ModalVerb } from './buttons.ts'
import { SILENCE_MINUTES } from './modals.ts'

/** What stands in the fields of a window, by the id of their blocks. */
export type Values = Readonly<Record<string, string>>
export type Submission = { act: Act; assignee: string | null } | { errors: Record<string, string> }

const MINUTE_MS = 60_000
const LONGEST_SILENCE_MS = 366 * 86_400_000
const MOST_REASON = 2_000

/** The act that a submitted window asks for, or what is wrong with which field. `now`: ms. */
export function readSubmission(verb: ModalVerb, values: Values, now: number): Submission {
  const field = (name: string): string => (Object.hasOwn(values, name) ? (values[name] ?? '') : '')
  const text = (name: string): string | null => field(name).slice(0, MOST_REASON) || null
  const reason = text('reason')
  const needsReason = { errors: { reason: 'Say why: whoever looks at this next wants to know.' } }
  switch (verb) {
    case 'resolve': {
      const when = field('when')
      if (when !== 'release') return made({ kind: 'resolve', release: when === 'next' ? 'next' : null, reason }, 'when')
      if (field('release') === '') return { errors: { release: 'Name the release.' } }
      return made({ kind: 'resolve', release: field('release'), reason }, 'release')
    }
    case 'silence': {
      if (reason === null) return needsReason
      const exact = Number(field('until')) * 1000
      const minutes = SILENCE_MINUTES[field('for')]
      const until = exact > 0 ? exact : minutes === undefined ? Number.NaN : now + minutes * MINUTE_MS
      if (!(until > now)) return { errors: { until: 'This moment has passed.' } }
      if (until > now + LONGEST_SILENCE_MS) return { errors: { until: 'At most a year.' } }
      return made({ kind: 'silence', until, reason }, 'until')
    }
    case 'assign': {
      const assignee = field('to')
      if (assignee === '') return { errors: { to: 'Choose a person.' } }
      return made({ kind: 'assign', to: { type: 'user', id: null, name: assignee } }, 'to', assignee)
    }
    case 'noise':
      return made({ kind: 'noise', label: field('label'), note: text('note') }, 'label')
    case 'severity':
      return reason === null
        ? needsReason
        : made({ kind: 'set-severity', severity: field('severity'), reason }, 'severity')
    case 'workaround':
      return made({ kind: 'workaround', text: text('text') ?? '' }, 'text')
    case 'note':
      return made({ kind: 'note', text: text('text') ?? '' }, 'text')
    case 'archive':
      return reason === null
        ? needsReason
        : made({ kind: 'archive', reason, until: archiveUntil(field('until')) }, 'until')
  }
}

function archiveUntil(said: string): object {
  if (said === 'escalating' || said === 'forever') return { kind: said }
  if (said === 'events' || said === 'users') return { kind: said, count: 100, windowMinutes: null }
  return { kind: 'duration', minutes: Number(said) }
}

/** What does not fit an act is the fault of `field`. */
function made(act: object, field: string, assignee: string | null = null): Submission {
  const read = actSchema.safeParse(act)
  if (read.success) return { act: read.data, assignee }
  return { errors: { [field]: 'This cannot be used: choose or write something else.' } }
}
