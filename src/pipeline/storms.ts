import type { Severity } from '../classify/severity.ts'
import { moreSevere } from '../classify/severity.ts'
import type { Destination } from '../deliver/destination.ts'
import type { Change } from '../incidents/change.ts'
import type { Incident, Suspect } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import { stormLane } from '../mute/in-storm.ts'
import { stormScopes } from '../mute/storm-scopes.ts'
import type { MaySpeak, StormStore } from '../mute/storm-store.ts'
import { durationMs } from '../route/duration.ts'
import type { Revision } from '../rules/rules-document.ts'
import { isDataLoss } from '../signals/data-loss.ts'
import type { Covers } from './covers.ts'
import { createOneAtATime } from './one-at-a-time.ts'

export interface StormsDeps {
  storms: StormStore
  incidents: Pick<IncidentStore, 'read' | 'readMany'>
  rules(): Revision
  kindOf(destination: string): Destination['kind'] | null
  /** Silences and maintenance windows; absent: nothing matches anything. */
  covers?: Pick<Covers, 'ask'>
}

/** What others must hear once it is written down that a storm speaks for one, or that one speaks for a storm. */
export interface StormNews {
  speaker: string
  members: string[]
  hush: string[]
  common: string
  severity: Severity
  flow: string | null
  reason: string
}

/** The newest are named; a storm of thousands is counted, and not read through each time one joins. */
const MOST_LOOKED_AT = 80

type Apply = (id: string, change: Change) => Promise<unknown>

/** Many incidents at once are one post: asks whether one that opens is of a storm, and tells the one that speaks for it. */
export function createStorms(deps: StormsDeps) {
  const { storms, incidents } = deps
  const oneAtATime = createOneAtATime()

  /** Null: no storm has to do with it. */
  async function ask(incident: Incident, now: number): Promise<{ quiet: Incident['quiet']; news: StormNews } | null> {
    const { storm: rule } = deps.rules().document.settings
    const lane = rule === null ? null : laneOf(incident)
    // Whoever speaks for others speaks.
    if (rule === null || lane === null || incident.storm !== null) return null
    const { severity, coreFlow: flow } = incident
    const newcomer = { incident: incident.id, lane, at: now }
    const within = { incidents: rule.incidents, withinMs: durationMs(rule.within) }
    for (const { scope, words: common } of stormScopes(incident)) {
      const answer = await storms.join(incident.source, scope, newcomer, within, id => maySpeak(id, severity, now))
      const { reason, members } = answer
      const news = { members, common, severity, flow, reason: `${reason} ${common}` }
      if (answer.spokenFor) {
        const { speaker, hush } = answer
        const quiet = { speaker, reason: news.reason, since: now, holds: 'everything' as const }
        return { quiet, news: { ...news, speaker, hush } }
      }
      if (answer.leads.length > 0) return { quiet: null, news: { ...news, speaker: incident.id, hush: [] } }
    }
    return null
  }

  function laneOf(incident: Incident): string | null {
    if (incident.kind !== 'issue' && incident.kind !== 'metric') return null
    const targets = incident.escalations.flatMap(({ steps }) => steps[0]?.targets ?? [])
    const told = targets.map(({ destination }) => destination).filter(id => deps.kindOf(id) !== 'backlog')
    const { severity, coreFlow: flow, tags } = incident
    return stormLane({ severity, flow, dataLoss: isDataLoss(tags), told })
  }

  async function maySpeak(id: string, forSeverity: Severity, now: number): Promise<MaySpeak> {
    const found = await incidents.read(id)
    if (found === null) return 'unknown'
    const aloud = found.status !== 'resolved' && found.muted === null && !(await staysSilenced(found, now))
    // One that a storm held back until now may just have been chosen to speak for it, and be written down any moment.
    if (aloud && found.quiet?.holds === 'everything' && !moreSevere(forSeverity, found.severity)) return 'unknown'
    return aloud && found.quiet === null && !moreSevere(forSeverity, found.severity) ? 'yes' : 'no'
  }

  /** A silence that ends now ends for all of a storm: whoever spoke for it speaks on, whichever is looked at first. */
  async function staysSilenced(incident: Incident, now: number): Promise<boolean> {
    const { silenced } = incident
    if (silenced === null) return false
    if (silenced.through === undefined || deps.covers === undefined) return silenced.until > now
    return (await deps.covers.ask(incident, now)) !== null
  }

  /** After a crash: the speaker may not have heard of this one. */
  async function repeat({ id, quiet, severity, coreFlow: flow }: Incident): Promise<StormNews[]> {
    const speaker = quiet === null ? null : await incidents.read(quiet.speaker)
    if (quiet === null || speaker === null || speaker.status === 'resolved') return []
    const common = speaker.storm?.common ?? 'that came with it'
    return [{ speaker: speaker.id, members: [id], hush: [], common, severity, flow, reason: quiet.reason }]
  }

  /** Outside of any incident's turn: each that is told here has its own. Can be repeated without harm. */
  async function tell({ speaker, members, hush, ...news }: StormNews, apply: Apply, now: number): Promise<void> {
    const { common, severity, flow, reason } = news
    for (const id of hush) await apply(id, { kind: 'hushed', speaker, severity, flow, reason, at: now })
    await oneAtATime(speaker, async () => {
      const known = await incidents.read(speaker)
      const listed = known === null || known.storm === null ? [] : known.linked
      const others = members.filter(id => id !== speaker)
      const missing = others.slice(-MOST_LOOKED_AT).filter(id => !listed.includes(id))
      const found = await incidents.readMany(missing)
      const open = found.filter(({ status }) => status !== 'resolved').map(asSuspect)
      const total = others.length
      if (open.length > 0) await apply(speaker, { kind: 'gathers', members: open, total, common, at: now })
    })
  }

  return {
    ask,
    tell,
    repeat,
    /** It has ended: whom it held back. */
    ended: (incident: Incident): Promise<string[]> =>
      storms.leave(
        incident.source,
        stormScopes(incident).map(({ scope }) => scope),
        incident.id,
      ),
  }
}

function asSuspect(incident: Incident): Suspect {
  const impact = incident.impact.production
  return {
    incident: incident.id,
    issue: incident.issue ?? incident.id,
    title: incident.title,
    link: incident.links.sentry,
    events: impact?.events?.value ?? null,
    users: impact?.users?.value ?? null,
    coreFlow: incident.coreFlow,
  }
}

export type Storms = ReturnType<typeof createStorms>
