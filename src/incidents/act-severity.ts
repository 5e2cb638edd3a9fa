import { moreSevere, type Severity } from '../classify/severity.ts'
import type { Act } from './act.ts'
import { acted, byWhom, comment, type Meant } from './act-parts.ts'
import type { Decision } from './change.ts'
import { askedAnew, nothing } from './decision-parts.ts'
import type { Incident } from './incident.ts'

/** How severe a person says it is. Pure. */

/** Pinned: the machine leaves it until impact has doubled or a person releases it (see `breaksPin`). */
export function setSeverity(meant: Meant, { severity, reason: why }: Extract<Act, { kind: 'set-severity' }>): Decision {
  const { before, actor, at } = meant
  if (before.status === 'resolved') return nothing('it is resolved: reopen it first')
  if (before.pinned?.severity === severity && before.severity === severity)
    return nothing(`already pinned at ${severity} by ${before.pinned.by}`)
  const pinned = { severity, by: actor.name, reason: why, at, users: usersNow(before) }
  const moved = before.severity === severity ? `kept at ${severity}` : `${before.severity} → ${severity}`
  const reason = `${moved} by ${byWhom(actor)}: ${why}`
  const change = {
    severity,
    pinned,
    calmSince: null,
    ...(movesUp(before, severity) ? { toldUsers: pinned.users, ...askedAnew(before) } : {}),
  }
  return acted(meant, {
    action: actionOf(before, severity),
    what: 'pinned',
    reason,
    change,
    tell: comment(meant, reason),
  })
}

/**
 * The machine judges again, at once. What a person had raised falls back to what was judged; what they had lowered is
 * raised only by what is measured now, not by what was measured when they lowered it.
 */
export function releaseSeverity(meant: Meant): Decision {
  const { before, actor, now } = meant
  if (before.pinned === null) return nothing('its severity is not pinned')
  if (before.status === 'resolved') return nothing('it is resolved: reopen it first')
  const judged = capped(before.verdict.severity, before.workaround !== null)
  const severity = moreSevere(before.severity, judged) ? judged : before.severity
  const moved = severity === before.severity ? '' : ` (${before.severity} → ${severity})`
  const reason = `severity released by ${byWhom(actor)}${moved}: it is judged again`
  const change = { pinned: null, severity, remeasureAt: now, remeasured: 0 }
  return acted(meant, { action: actionOf(before, severity), what: 'unpinned', reason, change })
}

/**
 * There is a way around it: at most P2, at once. Not of a P0: what makes one (data loss, a core flow that fails) stands
 * above that cap in the severity table; who means it all the same sets the severity.
 */
export function setWorkaround(meant: Meant, text: string | null): Decision {
  const { before, actor, at, now } = meant
  if (text === null && before.workaround === null) return nothing('no workaround is known')
  if (text !== null && before.workaround?.text === text) return nothing('this workaround is known')
  const open = before.status !== 'resolved'
  const caps = open && text !== null && before.kind === 'issue' && before.severity === 'P1'
  // A person's own P1 holds against the cap: they say so by its pin.
  const severity: Severity = caps && before.pinned === null ? 'P2' : before.severity
  const what = text === null ? 'the workaround no longer helps' : `there is a workaround: ${text}`
  const moved = severity === before.severity ? '' : ` (${before.severity} → ${severity})`
  const reason = `${what}, says ${byWhom(actor)}${moved}`
  return acted(meant, {
    action: actionOf(before, severity),
    what: 'workaround',
    reason,
    change: {
      workaround: text === null ? null : { text, by: actor.name, at },
      severity,
      ...(open ? { remeasureAt: now, remeasured: 0 } : {}),
    },
    tell: comment(meant, reason),
  })
}

function capped(severity: Severity, workaround: boolean): Severity {
  return workaround && severity === 'P1' ? 'P2' : severity
}

function movesUp(before: Incident, severity: Severity): boolean {
  return moreSevere(severity, before.severity)
}

function actionOf(before: Incident, severity: Severity): 'raise' | 'lower' | 'mark' {
  if (severity === before.severity) return 'mark'
  return movesUp(before, severity) ? 'raise' : 'lower'
}

function usersNow(incident: Incident): number | null {
  return incident.impact.production?.users?.value ?? null
}
