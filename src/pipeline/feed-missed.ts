import type { NotificationStore } from '../deliver/notification-store.ts'
import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { ImpactSource } from '../measure/impact-source.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { PollStore } from '../sentry/poll-store.ts'
import { causeKey, incidentId, incidentKey } from '../signals/dedup-key.ts'
import type { Signal } from '../signals/signal.ts'
import { cameAndWent, type Found, findMissed, isAnnounced, type Missed, type What } from './find-missed.ts'
import type { Outcome } from './handle-signal.ts'
import type { JoinMonitor } from './join-monitor.ts'
import { pollSignal } from './poll-signal.ts'
import { isUntold } from './untold.ts'

export interface FeedDeps {
  polls: PollStore
  ask: Pick<ImpactSource, 'issueCounts'>
  incidents: Pick<IncidentStore, 'read' | 'hasten'>
  notifications: Pick<NotificationStore, 'list'>
  production(): readonly string[]
  /** How often an open issue is measured while events keep coming, ms. */
  activeMs(): number
  findSubject(signal: Signal): Promise<Signal>
  joinMonitor: JoinMonitor
  handleSignal(signal: Signal): Promise<Outcome>
  onMissed(source: string, what: string): void
  clock: Clock
  log: Log
}

/** What a round knows beside what it found. */
export interface Feeding {
  source: { id: string; organization: string | null }
  /** Since when the source is watched, by Sentry's clock, ms. */
  since: number
  /** Our clock minus Sentry's, ms. */
  offset: number
  first: boolean
  /** Being caught up with: from where (Sentry's clock), since when (ours). */
  gap: { from: number; startedAt: number } | null
}

/** `fed`: it went in. `nothing`: nothing was missed, or not yet. `no-room`: Sentry has no answers to spare now. */
export type Fed = 'fed' | 'nothing' | 'no-room'

/** Younger than this, its webhook may still be on its way, and is spared the race. */
const ON_ITS_WAY_MS = 30_000
/** A webhook that has not come by then counts as missed. */
const HEARD_WITHIN_MS = 120_000
/** What only counts is measured anew no sooner: each time is several questions to Sentry. */
const LOOK_AGAIN_MS = 900_000
/** So long catching up waits for numbers; then verdicts fall without them, like any other's. */
const WAIT_FOR_ROOM_MS = 600_000
const HOUR_SECONDS = 3_600

const CALMS: readonly What[] = ['resolved', 'archived', 'assigned']

/** Feeds what the list knows and we do not into the pipeline, as a signal like any other. */
export function createFeedMissed(deps: FeedDeps) {
  const { polls, clock } = deps

  /** Rejects with what handling a signal rejects with. */
  return async function feed(found: Found, feeding: Feeding): Promise<Fed> {
    const { source, gap } = feeding
    const { looked, id, incident } = await whatWeKnow(found, source)
    const first = feeding.first || (incident === null && (await polls.noted(source.id, knownName(found))) !== null)
    const missed = findMissed(found, incident, { since: feeding.since, first, cause: causeKey(looked) })
    if (missed === null) {
      if (incident !== null) await lookSooner(found, incident)
      if (gap !== null && cameAndWent(found, incident, gap.from)) await keepForSummary(found, feeding, id, false)
      return 'nothing'
    }
    if (
      incident !== null &&
      isUntold(missed, incident, await deps.notifications.list(incident.id), found.asOf + feeding.offset)
    )
      return 'nothing'
    if (await mayWait(found, missed, incident, feeding)) return 'nothing'
    const now = clock.now()
    const signal = await deps.findSubject(pollSignal(source, found, missed, incident?.rev ?? 0, now))
    if (!(await hasRoom(signal, feeding))) return 'no-room'
    const { outcome } = await deps.handleSignal(signal)
    if (missed.intent === 'count') await polls.note(source.id, lookedName(found), now, true)
    if (feeding.first && missed.intent === 'count') await polls.note(source.id, knownName(found), now)
    if (outcome === 'nothing-to-do' || outcome === 'counted') return 'nothing'
    deps.log.info({ source: source.id, issue: found.issue.issue, what: missed.what, incident: id }, missed.reason)
    await remember(found, missed, feeding, id, now)
    return 'fed'
  }

  /** The incident that speaks of it: its own, or that of the monitor that opened it. */
  async function whatWeKnow(found: Found, source: Feeding['source']) {
    const look = async () => {
      const looked = await deps.findSubject(pollSignal(source, found, { what: 'active', intent: 'reopen' }, 0, 0))
      const id = incidentId(incidentKey(source.id, looked.subject) ?? '')
      return { looked, id, incident: await deps.incidents.read(id) }
    }
    const known = await look()
    const { looked, incident } = known
    if (found.issue.category !== 'metric' || looked.subject.kind !== 'issue') return known
    // What is open on its own ends on its own.
    if (incident !== null && incident.status !== 'resolved') return known
    return (await deps.joinMonitor(source.id, found.issue)) ? look() : known
  }

  /**
   * Open, quiet for long and so seldom looked at; and now it has events again. Sentry sends nothing when it spreads, but
   * its list shows it: it is measured now, not in its turn.
   */
  async function lookSooner(found: Found, { id, source, remeasureAt }: Incident): Promise<void> {
    const { issue, inProduction, asOf } = found
    const [now, activeMs] = [clock.now(), deps.activeMs()]
    if (inProduction === false || issue.lastSeen === null || asOf - issue.lastSeen > activeMs) return
    if (remeasureAt === null || remeasureAt - now <= activeMs) return
    const before = await polls.noted(source, soonerName(found))
    if (before !== null && now - before < activeMs) return
    await deps.incidents.hasten(id, now)
    await polls.note(source, soonerName(found), now, true)
  }

  async function mayWait(found: Found, missed: Missed, incident: Incident | null, { source, gap }: Feeding) {
    const { issue, asOf } = found
    const { what, intent } = missed
    const now = clock.now()
    if (intent === 'count') {
      const before = await polls.noted(source.id, lookedName(found))
      return before !== null && now - before < LOOK_AGAIN_MS
    }
    if (what === 'created' && asOf - (issue.firstSeen ?? 0) < ON_ITS_WAY_MS) return true
    // Nothing else is on its way from a gap.
    if (gap !== null || what === 'created') return false
    if (!CALMS.includes(what)) return false
    const name = `${what}:${issue.issue}`
    const noticed = await polls.noted(source.id, name)
    // What was noticed in an earlier life of it says nothing of this one.
    const fresh = noticed === null || (incident !== null && noticed < incident.openedAt)
    if (fresh) await polls.note(source.id, name, now, true)
    return fresh || now - noticed < ON_ITS_WAY_MS
  }

  /**
   * Catching up may find hundreds at once. Judged without numbers each would be P1; so it goes on only while Sentry has
   * answers left beside those that a live alert may need. The answer is remembered and serves the judging.
   */
  async function hasRoom({ source, facts, intent }: Signal, { gap }: Feeding): Promise<boolean> {
    if (gap === null || facts.issue === null || (intent !== 'reopen' && intent !== 'count')) return true
    if (clock.now() - gap.startedAt > WAIT_FOR_ROOM_MS) return true
    const counts = await deps.ask.issueCounts({
      source,
      project: facts.project,
      production: deps.production(),
      issue: facts.issue,
      windowSeconds: HOUR_SECONDS,
      background: true,
    })
    return counts.ok || !counts.retry
  }

  async function remember(found: Found, missed: Missed, feeding: Feeding, incident: string, now: number) {
    const { issue } = found
    const { what, intent } = missed
    const { source, gap } = feeding
    if (intent === 'count') return
    if (CALMS.includes(what)) return deps.onMissed(source.id, what)
    if (what === 'created' && isAnnounced(issue) && issue.firstSeen !== null)
      await polls.foundNew(source.id, issue.issue, issue.firstSeen)
    const due = gap === null ? now + HEARD_WITHIN_MS : now
    await polls.hold(source.id, issue.issue, { incident, what, fedAt: now, due })
    if (gap !== null) await keepForSummary(found, feeding, incident, true)
  }

  async function keepForSummary({ issue }: Found, { source, gap }: Feeding, incident: string, open: boolean) {
    const { title, link, users } = issue
    if (gap !== null)
      await polls.addToGap(source.id, gap.from, { issue: issue.issue, incident, title, link, users, open })
  }
}

/** Back already when we began to watch: nobody knows since when. */
const knownName = ({ issue }: Found) => `known:${issue.issue}`
const soonerName = ({ issue }: Found) => `sooner:${issue.issue}`
const lookedName = ({ issue }: Found) => `looked:${issue.issue}`

export type FeedMissed = ReturnType<typeof createFeedMissed>
