import { acknowledge, assign, escalate, note, unacknowledge } from './act-answer.ts'
import { archive, reopen, resolve } from './act-ending.ts'
import { addToBacklog, markNoise, silence, unsilence } from './act-marks.ts'
import type { ActOptions, Meant } from './act-parts.ts'
import { releaseSeverity, setSeverity, setWorkaround } from './act-severity.ts'
import type { Acted, Decision } from './change.ts'
import { nothing } from './decision-parts.ts'
import type { Incident } from './incident.ts'

/** What a person decided about an incident. Pure, and it says why when nothing comes of it. */
export function decideAct(before: Incident | null, { act, actor, at, id }: Acted, options: ActOptions): Decision {
  if (before === null) return nothing('there is no such incident')
  const meant: Meant = { before, actor, at, id, now: options.now }
  switch (act.kind) {
    case 'acknowledge':
      return acknowledge(meant)
    case 'unacknowledge':
      return unacknowledge(meant, act)
    case 'assign':
      return assign(meant, act.to)
    case 'note':
      return note(meant, act.text)
    case 'escalate':
      return escalate(meant, act.step, options)
    case 'resolve':
      return resolve(meant, act)
    case 'reopen':
      return reopen(meant, act.reason, options)
    case 'archive':
      return archive(meant, act)
    case 'set-severity':
      return setSeverity(meant, act)
    case 'release-severity':
      return releaseSeverity(meant)
    case 'workaround':
      return setWorkaround(meant, act.text)
    case 'silence':
      return silence(meant, act)
    case 'unsilence':
      return unsilence(meant)
    case 'backlog':
      return addToBacklog(meant, act.owner)
    case 'noise':
      return markNoise(meant, act)
  }
}
