import type { Person } from '../signals/signal.ts'
import type { Act } from './act.ts'
import { nameOf } from './act-answer.ts'
import { acted, because, byWhom, comment, type Meant, quietPages, toSentry } from './act-parts.ts'
import type { Decision } from './change.ts'
import { coverWords } from './cover-words.ts'
import { nothing } from './decision-parts.ts'

/** What a person marks on an incident. Pure. */

/** Nobody is told anything new until then; what is still open then speaks. `until`: ms. */
export function silence(meant: Meant, { until, reason: why }: Extract<Act, { kind: 'silence' }>): Decision {
  const { before, actor, at, now } = meant
  if (before.status === 'resolved') return nothing('it is resolved')
  const end = timeOf(until)
  if (until <= now || end === null) return nothing('a silence must end in the future')
  if (before.silenced?.until === until && before.silenced.reason === why)
    return nothing(`already silenced until ${end}`)
  const reason = `silenced until ${end} by ${byWhom(actor)}: ${why}`
  const change = { silenced: { until, by: actor.name, reason: why, since: at }, answeredIn: before.generation }
  const quiet = before.status === 'triggered' ? [quietPages(meant, reason)] : []
  const tell = [...quiet, ...comment(meant, reason)]
  return acted(meant, { action: 'silence', what: 'silenced', reason, change, tell })
}

export function unsilence(meant: Meant): Decision {
  const { before, actor } = meant
  if (before.silenced === null || before.status === 'resolved') return nothing('it is not silenced')
  // It would be silenced again at once.
  if (before.silenced.through !== undefined)
    return nothing(`${coverWords(before.silenced)} keeps it quiet: end that instead`)
  const reason = `no longer silenced: ${byWhom(actor)}`
  // Whoever answers for it needs no page to tell them.
  const action = before.status === 'acknowledged' ? 'mark' : 'speak'
  return acted(meant, { action, what: 'unsilenced', reason, change: { silenced: null } })
}

/** Work for a later day, with an owner. It stays as severe as it is, and open until somebody resolves it. */
export function addToBacklog(meant: Meant, owner: Person | null): Decision {
  const { before, actor, at } = meant
  if (before.status === 'resolved') return nothing('it is resolved: reopen it first')
  const whose = owner ?? before.owner
  const named = whose === null ? 'nobody owns it yet' : `owner ${nameOf(whose)}`
  const reason = `added to the backlog by ${byWhom(actor)}: ${named}`
  return acted(meant, {
    action: 'mark',
    what: 'backlog',
    reason,
    change: owner === null ? {} : { owner, ownerSetAt: at },
    tell: [
      { to: 'backlog', reason },
      ...(owner === null ? [] : toSentry(meant, reason, { kind: 'assign', to: owner })),
      ...comment(meant, reason),
    ],
  })
}

/** For the report; it silences nothing by itself. */
export function markNoise(meant: Meant, { label, note }: Extract<Act, { kind: 'noise' }>): Decision {
  const { before, actor, at } = meant
  if (before.noise?.label === label && before.noise.note === note)
    return nothing(`already marked as noise by ${before.noise.by}`)
  const reason = `marked as noise (${label.replace('-', ' ')}) by ${byWhom(actor)}${because(note)}`
  const change = { noise: { label, note, by: actor.name, at } }
  return acted(meant, { action: 'mark', what: 'noise', reason, change, tell: comment(meant, reason) })
}

/** The last instant a Date can hold is ECMA-262's; beyond it there is no time to name. */
function timeOf(ms: number): string | null {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : null
}
