import type { Person } from '../signals/signal.ts'
import type { Act } from './act.ts'
import { type ActOptions, acted, byWhom, comment, type Meant, quietPages, toSentry } from './act-parts.ts'
import type { Decision } from './change.ts'
import { withStepsTold } from './decide-due.ts'
import { nothing } from './decision-parts.ts'
import type { Incident } from './incident.ts'

/** Who answers for an incident, and who must hear of it next. Pure. */

export function acknowledge(meant: Meant): Decision {
  const { before, actor, at } = meant
  if (before.status === 'resolved') return nothing('already resolved')
  if (before.status === 'acknowledged')
    return nothing(`already acknowledged by ${before.acknowledgedBy?.name ?? 'someone'}`)
  const reason = `acknowledged by ${byWhom(actor)}`
  return acted(meant, {
    action: 'acknowledge',
    what: 'acknowledged',
    reason,
    change: { status: 'acknowledged', acknowledgedAt: at, acknowledgedBy: actor, answeredIn: before.generation },
    tell: [quietPages(meant, reason), ...comment(meant, reason)],
  })
}

/**
 * Its escalation goes on where it stood. Said in PagerDuty, its alert there calls again by itself; but where people want it
 * quiet and only a timer ran out, it is acknowledged there once more.
 */
export function unacknowledge(meant: Meant, { byItself }: Extract<Act, { kind: 'unacknowledge' }>): Decision {
  const { before, actor } = meant
  const rings = byItself === true && isPutAway(before)
  if (before.status !== 'acknowledged') return rings ? quietAgain(meant) : nothing('it is not acknowledged')
  const answeredIn = rings ? before.generation : actor.via === 'pagerduty' ? null : before.answeredIn
  const reason = `no longer acknowledged: ${byWhom(actor)}`
  return acted(meant, {
    action: 'unacknowledge',
    what: 'unacknowledged',
    reason,
    change: { status: 'triggered', acknowledgedAt: null, acknowledgedBy: null, answeredIn },
    tell: rings ? [{ to: 'pages', say: 'acknowledge', reason: stillQuiet(before) }] : [],
  })
}

/** Silenced, or archived in Sentry: its pages call nobody. */
function isPutAway({ status, silenced, muted }: Incident): boolean {
  return status !== 'resolved' && (silenced !== null || muted !== null)
}

function stillQuiet({ silenced }: Incident): string {
  return `it is still ${silenced === null ? 'archived' : 'silenced'}: acknowledged again`
}

/** Nobody is told in its thread: a timer says so every half hour, for as long as it is quiet. */
function quietAgain({ before, actor, id, now }: Meant): Decision {
  const reason = `${byWhom(actor)} called again by itself, and ${stillQuiet(before)}`
  const { severity, generation } = before
  const next: Incident = { ...before, rev: before.rev + 1, updatedAt: now, answeredIn: generation }
  const entry = {
    at: now,
    what: 'synced' as const,
    severity,
    reason,
    by: null,
    signal: `act-${id}`,
    notification: null,
  }
  return {
    action: 'mark',
    reason,
    next,
    entries: [entry],
    material: false,
    tell: [{ to: 'pages', say: 'acknowledge', reason }],
  }
}

/** Sets the owner; it is not acknowledged by that, as in Sentry. */
export function assign(meant: Meant, to: Person | null): Decision {
  const { before, actor, at } = meant
  if (isSame(before.owner, to)) return nothing(to === null ? 'nobody owns it' : `${nameOf(to)} owns it already`)
  const reason =
    to === null ? `assignment cleared by ${byWhom(actor)}` : `assigned to ${nameOf(to)} by ${byWhom(actor)}`
  return acted(meant, {
    action: 'assign',
    what: 'assigned',
    reason,
    change: { owner: to, ownerSetAt: at },
    tell: toSentry(meant, reason, { kind: 'assign', to }),
  })
}

export function note(meant: Meant, text: string): Decision {
  const reason = `${byWhom(meant.actor)}: ${text}`
  const tell = comment(meant, reason)
  return acted(meant, { action: 'mark', what: 'noted', reason, change: {}, tell, material: false })
}

/** A step is told now, by hand, whether or not somebody answers: whoever asks for it wants more people. */
export function escalate(meant: Meant, step: number | null, { jumpTo }: ActOptions): Decision {
  const { before, actor, now } = meant
  if (before.status === 'resolved') return nothing('it is resolved: reopen it first')
  const jumped = jumpTo?.(before, step, now, `escalated by ${byWhom(actor)}`)
  if (jumped === undefined || jumped.words.length === 0)
    return nothing(step === null ? 'no step is left to escalate to' : `there is no step ${step + 1} to escalate to`)
  const reason = jumped.words.join('; ')
  // Whoever answers for it asks for others: their answer is what is waited for now.
  const change = {
    ...withStepsTold(before, jumped, now),
    status: 'triggered' as const,
    acknowledgedAt: null,
    acknowledgedBy: null,
  }
  return acted(meant, { action: 'step', what: 'escalated', reason, change, tell: jumped.tell })
}

function isSame(a: Person | null, b: Person | null): boolean {
  if (a === null || b === null) return a === b
  return a.type === b.type && a.id === b.id && a.name === b.name
}

export function nameOf({ name, id }: Person): string {
  return name ?? id ?? 'someone'
}
