import type { Action } from './change.ts'
import type { Status } from './incident.ts'

/** Where an incident stands; `new`: there is none yet. */
export type Standing = Status | 'new'

export interface Transition {
  /** What brings it about, in words. */
  by: string
  /** From where it is possible, and to where it leads. What is not named never happens. */
  leads: Partial<Record<Standing, readonly Status[]>>
}

const stays = { triggered: ['triggered'], acknowledged: ['acknowledged'] } as const
const staysEvenOver = { ...stays, resolved: ['resolved'] } as const

/**
 * Every way of an incident from one status to another. The decisions do not read it: they are held to it by a property
 * test, and the table in the README is written from it, so that neither says what the code does not do.
 */
export const TRANSITIONS: Readonly<Record<Action, Transition>> = {
  open: { by: 'a signal is judged, and there is no incident about it yet', leads: { new: ['triggered'] } },
  raise: {
    by: 'it is judged more severe (whoever answered did so for less: it calls again), or a person says so',
    leads: { triggered: ['triggered'], acknowledged: ['triggered'] },
  },
  lower: { by: 'a person sets a lower severity, releases a pin, or names a workaround', leads: stays },
  acknowledge: { by: 'a person answers for it', leads: { triggered: ['acknowledged'] } },
  unacknowledge: { by: 'a person no longer does', leads: { acknowledged: ['triggered'] } },
  step: {
    by: 'the next step is due or asked for, or an acknowledgement is stale',
    leads: { triggered: ['triggered'], acknowledged: ['triggered'] },
  },
  remind: { by: 'an acknowledgement is old: whoever gave it is reminded', leads: { acknowledged: ['acknowledged'] } },
  silence: { by: 'a person silences it until a time, or a silence or maintenance window matches it', leads: stays },
  speak: {
    by: 'what held it back has ended: a silence, an archiving (whoever had answered put it away: it calls again), another that spoke for it',
    leads: { triggered: ['triggered'], acknowledged: ['triggered'] },
  },
  mute: { by: 'its issue is archived, in Sentry or here', leads: staysEvenOver },
  'clear-cause': { by: 'one of several causes has cleared', leads: stays },
  resolve: {
    by: 'the last cause has cleared, it was calm for as long as its policy waits, or a person resolves it; one that ended by calm may be resolved once more, for good',
    leads: { triggered: ['resolved'], acknowledged: ['resolved'], resolved: ['resolved'] },
  },
  reopen: { by: 'unresolved, events newer than the resolve, or a person', leads: { resolved: ['triggered'] } },
  attach: { by: 'a signal that changes nothing about where it stands', leads: staysEvenOver },
  assign: { by: 'somebody owns it: nobody answers for it by that', leads: staysEvenOver },
  feedback: { by: 'a user says something about it', leads: staysEvenOver },
  mark: { by: 'a note, a label, a pin, a workaround, a backlog entry, a timer put right', leads: staysEvenOver },
  none: { by: 'something that came late is written down', leads: staysEvenOver },
}

/** May that action lead from here to there? */
export function mayLead(from: Standing, action: Action, to: Status): boolean {
  return TRANSITIONS[action].leads[from]?.includes(to) === true
}
