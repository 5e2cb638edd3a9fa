import type { Act, Actor } from './act.ts'
import { type ActOptions, acted, because, byWhom, type Meant, quietPages, toSentry } from './act-parts.ts'
import type { Decision } from './change.ts'
import { nothing } from './decision-parts.ts'
import type { Incident } from './incident.ts'

/** An incident ends, comes back, or is put away by a person. Pure. */

/** So many of those who resolved it are remembered, newest last. */
const MOST_RESOLVERS = 5

export function resolve(meant: Meant, { release, reason: why }: Extract<Act, { kind: 'resolve' }>): Decision {
  const { before, actor, at } = meant
  const where = release === null ? '' : release === 'next' ? ' in the next release' : ` in release ${release}`
  const reason = `resolved${where} by ${byWhom(actor)}${because(why)}`
  const tell = toSentry(
    meant,
    reason,
    { kind: 'resolve', release },
    ...(why === null ? [] : [{ kind: 'comment' as const, text: reason }]),
  )
  const over = before.status === 'resolved' && before.faded === null
  // Resolved already, but only now it is known what fixed it: events of older releases no longer bring it back.
  if (over && (release === null || release === before.resolvedInRelease)) return nothing('already resolved')
  if (over) return acted(meant, { action: 'mark', what: 'noted', reason, change: { resolvedInRelease: release }, tell })
  return acted(meant, {
    action: 'resolve',
    what: 'resolved',
    reason,
    change: {
      status: 'resolved',
      causes: cleared(before.causes, at),
      resolvedAt: at,
      resolvedBy: actor.name,
      resolvedInRelease: release,
      resolvers: withResolver(before.resolvers, actor),
      faded: null,
      silenced: null,
      quiet: null,
      calmSince: null,
      remeasureAt: null,
    },
    material: true,
    tell,
  })
}

/** By a person it comes back whatever the numbers say, and is told like any reopening. */
export function reopen(meant: Meant, why: string | null, { flapWindowMs }: ActOptions): Decision {
  const { before, actor, at, now } = meant
  if (before.status !== 'resolved') return nothing('it is open')
  const sameLife = at - (before.resolvedAt ?? 0) <= flapWindowMs
  // PagerDuty has opened the page of that generation again by itself: another would wake people twice.
  const samePage = sameLife || actor.via === 'pagerduty'
  const life = samePage ? 'the same page generation goes on' : `page generation ${before.generation + 1} begins`
  const reason = `reopened by ${byWhom(actor)}${because(why)}${resolvedBefore(before)}; ${life}`
  return acted(meant, {
    action: 'reopen',
    what: 'reopened',
    reason,
    change: {
      ...reopened(before, sameLife),
      ...(samePage ? { generation: before.generation } : {}),
      causes: revived(before, at),
      openedAt: now,
      muted: null,
      // A resolve that happened before this, and is heard of later, changes nothing.
      lastUnresolvedAt: Math.max(at, before.lastUnresolvedAt ?? 0),
      // The numbers are old: it is judged again at once.
      remeasured: 0,
      remeasureAt: now,
    },
    material: true,
    call: before.resolvers.filter(one => one.name !== actor.name),
    tell: toSentry(meant, reason, { kind: 'unresolve' }),
  })
}

/** Put away in Sentry until a condition, always with a reason. Nobody is told of it meanwhile. */
export function archive(meant: Meant, { reason: why, until }: Extract<Act, { kind: 'archive' }>): Decision {
  const { before, actor, at } = meant
  if (before.kind !== 'issue' || before.issue === null)
    return nothing(`only an issue of Sentry can be archived, not a ${before.kind} incident: silence it instead`)
  const by = actor.name
  if (before.muted !== null && before.muted.by === by && before.muted.reason === why)
    return nothing('already archived, for the same reason')
  const times = before.archived === 0 ? '' : ` (archived ${before.archived + 1} times by now)`
  const reason = `archived by ${byWhom(actor)}: ${why}${times}`
  return acted(meant, {
    action: 'mute',
    what: 'muted',
    reason,
    change: { muted: { by, reason: why, since: at }, archived: before.archived + 1, answeredIn: before.generation },
    // Sentry keeps no reason of its own: it goes into a comment.
    tell: [
      ...(before.status === 'triggered' ? [quietPages(meant, reason)] : []),
      ...toSentry(meant, reason, { kind: 'archive', until }, { kind: 'comment', text: reason }),
    ],
  })
}

/** What every reopening begins anew; what belongs to the issue and not to one of its lives stays. */
export function reopened(before: Incident, sameLife: boolean): Partial<Incident> {
  return {
    status: 'triggered',
    generation: sameLife ? before.generation : before.generation + 1,
    escalations: sameLife ? before.escalations : [],
    // A person's word about one life does not hold for the next: it may be another fault.
    pinned: sameLife ? before.pinned : null,
    workaround: sameLife ? before.workaround : null,
    silenced: null,
    quiet: null,
    storm: null,
    acknowledgedAt: null,
    acknowledgedBy: null,
    // Its alert was closed with its last life, unless that was left for a person to do.
    answeredIn: before.faded === 'posts' ? before.answeredIn : null,
    resolvedAt: null,
    resolvedBy: null,
    resolvedInRelease: null,
    calmSince: null,
    faded: null,
  }
}

/** Who resolved it hears that it is back: called in the thread, and named in every word of the reopening. */
export function resolvedBefore({ resolvers }: Pick<Incident, 'resolvers'>): string {
  const names = [...new Set(resolvers.map(({ name }) => name))]
  return names.length === 0 ? '' : `; it had been resolved by ${names.join(', ')}`
}

export function withResolver(resolvers: readonly Actor[], actor: Actor): Actor[] {
  const others = resolvers.filter(one => one.name !== actor.name || one.id !== actor.id)
  return [...others, actor].slice(-MOST_RESOLVERS)
}

function cleared(causes: Incident['causes'], at: number): Incident['causes'] {
  return Object.fromEntries(
    Object.entries(causes).map(([cause, state]) => [cause, { ...state, clearedAt: state.clearedAt ?? at }]),
  )
}

/** What cleared last holds it open again, until that clears. */
function revived({ causes, issue }: Incident, at: number): Incident['causes'] {
  const last = Math.max(...Object.values(causes).map(({ clearedAt }) => clearedAt ?? 0))
  const again = Object.keys(causes).filter(cause => causes[cause]?.clearedAt === last)
  const names = again.length > 0 ? again : [issue === null ? 'reopened' : `issue:${issue}`]
  return { ...causes, ...Object.fromEntries(names.map(name => [name, { since: at, clearedAt: null }])) }
}
