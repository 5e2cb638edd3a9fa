import type { Change } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import { type Cover, type Covered, coveredBy } from '../mute/covered-by.ts'
import type { MaintenanceWindow } from '../mute/maintenance-window.ts'
import { currentOrNext, type Occurrence } from '../mute/occurrences.ts'
import type { Silence } from '../mute/silence.ts'
import type { SilenceStore } from '../mute/silence-store.ts'
import { readIncidentFields } from '../route/read-incident-fields.ts'
import type { Revision } from '../rules/rules-document.ts'
import { isDataLoss } from '../signals/data-loss.ts'

export interface CoversDeps {
  silences: Pick<SilenceStore, 'current'>
  rules(): Revision
}

/** What keeps incidents quiet by matching them: silences, and maintenance windows while they last. */
export function createCovers(deps: CoversDeps) {
  const windows = createWindowTimes()

  /** Silences as they are in Redis now: one written at another process a moment ago counts. */
  async function active(now: number): Promise<Cover[]> {
    const silences = await deps.silences.current()
    const { document, number } = deps.rules()
    const covers = silences.filter(({ startsAt, endsAt }) => startsAt <= now && now < endsAt).map(coverOfSilence)
    for (const window of document.maintenance) {
      const times = window.enabled ? windows(number, window, now) : null
      if (times !== null && times.from <= now) covers.push(coverOfWindow(window, times))
    }
    return covers
  }

  /** As the incident is to be; null: nothing matches it now. */
  async function ask(incident: Incident, now: number): Promise<Incident['silenced']> {
    return silencedBy(incident, await active(now), now)
  }

  return {
    active,
    ask,
    /** The end that was waited for has come, and something keeps it quiet on: then that is what happens. */
    async instead(before: Incident | null, change: Change, now: number): Promise<Change> {
      const is = before?.silenced ?? null
      if (change.kind !== 'due' || before === null || is?.through === undefined || is.until > now) return change
      const cover = await ask(before, now)
      return cover === null ? change : { kind: 'covered', cover, at: now }
    },
  }
}

export type Covers = ReturnType<typeof createCovers>

export function silencedBy(incident: Incident, covers: readonly Cover[], now: number): Incident['silenced'] {
  const cover = covers.length === 0 ? null : coveredBy(covered(incident), covers, now)
  if (cover === null) return null
  const { kind, id, by, reason, until } = cover
  return { until, by, reason, since: now, through: { kind, id } }
}

/** What of an incident a silence looks at: what a route does. */
export function covered(incident: Incident): Covered {
  return { read: readIncidentFields(incident), project: incident.project, dataLoss: isDataLoss(incident.tags) }
}

export function coverOfSilence(silence: Silence): Cover {
  const { id, author: by, reason, matchers: when, startsAt: from, endsAt: until, coversDataLoss, projects } = silence
  return { kind: 'silence', id, by, reason, when, from, until, coversDataLoss, projects }
}

function coverOfWindow({ id, name, reason, when }: MaintenanceWindow, { from, until }: Occurrence): Cover {
  const by = `maintenance window "${name}"`
  return { kind: 'maintenance', id, by, reason, when, from, until, coversDataLoss: false, projects: null }
}

/** Looked up in the calendar once for each occurrence, not for each signal. */
function createWindowTimes() {
  const known = new Map<string, { lookedAt: number; next: Occurrence | null }>()
  let revision = 0
  return (number: number, window: MaintenanceWindow, now: number): Occurrence | null => {
    if (number !== revision) known.clear()
    revision = number
    const found = known.get(window.id)
    // A clock that was set back is looked up anew.
    if (found !== undefined && found.lookedAt <= now && (found.next === null || now < found.next.until))
      return found.next
    const next = whenNext(window, now)
    known.set(window.id, { lookedAt: now, next })
    return next
  }
}

/** One that cannot be read (a zone that this machine does not know) silences nobody. */
function whenNext(window: MaintenanceWindow, now: number): Occurrence | null {
  try {
    return currentOrNext(window, now)
  } catch {
    return null
  }
}
