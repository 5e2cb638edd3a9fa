import { rank } from '../classify/severity.ts'
import type { Destination } from '../deliver/destination.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Silence } from '../mute/silence.ts'
import { durationMs } from '../route/duration.ts'
import type { Revision } from '../rules/rules-document.ts'

export interface AnnounceEndsDeps {
  silences(): Promise<readonly Silence[]>
  /** Owes that text to that destination, once under that name, however often it is asked. */
  notice(destination: string, name: string, text: string): Promise<void>
  rules(): Revision
  kindOf(destination: string): Destination['kind'] | null
}

/** `under`: what is open under each active silence, by its id. */
export type AnnounceEnds = (under: ReadonlyMap<string, readonly Incident[]>, now: number) => Promise<void>

const MOST_NAMED = 5

/**
 * A silence that ends soon with something open under it is announced in Slack, once for each end it has: extended, it is
 * announced again before the new one. The outbox remembers it, so a restart announces nothing twice and forgets nothing.
 */
export function createAnnounceEnds(deps: AnnounceEndsDeps): AnnounceEnds {
  return async (under, now) => {
    const { settings } = deps.rules().document
    const before = durationMs(settings.silenceEndsSoon)
    for (const silence of await deps.silences()) {
      const { id, startsAt, endsAt } = silence
      const open = under.get(id) ?? []
      const soon = now < endsAt && endsAt - now <= before && endsAt - startsAt > before
      if (!soon || open.length === 0) continue
      const where = settings.silenceAnnouncedIn ?? whereToldFirst(open)
      if (where !== null && deps.kindOf(where) === 'slack')
        await deps.notice(where, `silence-ends-${id}-${endsAt}`, words(silence, open, now))
    }
  }

  /** Where the most severe of them that is posted anywhere would have been posted. */
  function whereToldFirst(open: readonly Incident[]): string | null {
    const worstFirst = open.toSorted((a, b) => rank(a.severity) - rank(b.severity))
    const targets = worstFirst.flatMap(({ escalations }) =>
      escalations.flatMap(({ steps }) => steps.flatMap(step => step.targets)),
    )
    return targets.find(({ destination }) => deps.kindOf(destination) === 'slack')?.destination ?? null
  }
}

function words({ id, author, reason, endsAt }: Silence, open: readonly Incident[], now: number): string {
  const minutes = Math.max(1, Math.round((endsAt - now) / 60_000))
  const named = open.slice(0, MOST_NAMED).map(({ severity, title }) => `[${severity}] ${title}`)
  const more = open.length > named.length ? `; and ${open.length - named.length} more` : ''
  const many =
    open.length === 1 ? '1 incident is still open and speaks' : `${open.length} incidents are still open and speak`
  return `🔔 Silence ${id} of ${author} (${reason}) ends in ${minutes} min, at ${new Date(endsAt).toISOString()}: ${many} then: ${named.join('; ')}${more}. Extend it, or end it now.`
}
