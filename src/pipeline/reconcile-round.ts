import type { AliasStore } from '../incidents/alias-store.ts'
import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { PollState, PollStore } from '../sentry/poll-store.ts'
import type { Feeding, FeedMissed } from './feed-missed.ts'
import type { Found } from './find-missed.ts'
import { type ListFound, MOST_BY_ID } from './list-found.ts'
import type { TellGap } from './tell-gap.ts'

export interface RoundDeps {
  polls: PollStore
  incidents: Pick<IncidentStore, 'openIds' | 'readMany' | 'timeline'>
  aliases: Pick<AliasStore, 'issuesOf'>
  lists: ListFound
  feed: FeedMissed
  gaps: TellGap
  production(): readonly string[]
  onMissed(source: string, what: string): void
  clock: Clock
  log: Log
}

export interface Round {
  source: { id: string; organization: string | null }
  /** How often rounds are wanted, ms. */
  everyMs: number
  /** Keeps the place; false: the turn is another's now. */
  write(state: PollState): Promise<boolean>
  /** false: the work in hand is finished, and no more. */
  going(): boolean
}

/** How a round ended, and the place it has come to. */
export type Ended =
  | { how: 'done'; state: PollState }
  | { how: 'failed'; state: PollState; reason: string }
  | { how: 'interrupted' }

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** Read again each time: Sentry shows an event in its lists some seconds after it happened. */
const OVERLAP_MS = 2 * MINUTE_MS
/** How far the first round ever looks back. */
const FIRST_LOOK_MS = HOUR_MS
/** Longer ago nobody is told any more that something was missed. */
const LONGEST_GAP_MS = 14 * 24 * HOUR_MS
/** So long without a round, and people are told what was missed. */
const GAP_MS = 10 * MINUTE_MS
/** A long gap is read in pieces, oldest first: each is done with before the next is asked for. */
const PIECE_MS = HOUR_MS
const SIDE_BY_SIDE = 4
const SAID_EVERY = 100
/** Open incidents that were not listed are looked up by id, so many in a round. */
const LOOKED_UP = 2 * MOST_BY_ID
/** One that is none, and Sentry refuses the whole question (Sentry's source: organization_group_index.py). */
const IS_ID = /^\d+$/
/** What cannot be handled holds the rest up for so many rounds. */
const PATIENCE = 3

/** One round: everything that Sentry saw since the last one, oldest first, and then what causes no event. */
export function createReconcileRound(deps: RoundDeps) {
  const { polls, incidents, clock, log } = deps

  return async function round(known: PollState, how: Round): Promise<Ended> {
    const { source } = how
    const sentryNow = () => clock.now() - known.offset
    const first = known.through === null
    const begun = Math.max(known.through ?? sentryNow() - FIRST_LOOK_MS, sentryNow() - LONGEST_GAP_MS)
    const behind = first ? 0 : sentryNow() - begun
    const isGap = behind > Math.max(GAP_MS, 2 * how.everyMs)
    const gap = known.gap ?? (isGap ? { from: begun, startedAt: clock.now() } : null)
    if (isGap) log.info({ source: source.id, ...secondsBehind(behind) }, 'catching up with Sentry, oldest first')
    let state: PollState = { ...known, gap }
    const seen = new Set<string>()
    for (let from = begun, ended = false; !ended; ) {
      const to = from + PIECE_MS < sentryNow() ? from + PIECE_MS : null
      const listed = await deps.lists.listSpan(source.id, deps.production(), { from: from - OVERLAP_MS, to })
      if (!listed.ok) return { how: 'failed', state, reason: listed.reason }
      const { found, asOf, offset } = listed.value
      const fed = await feedAll(found, { source, since: state.since ?? asOf, offset, first, gap }, state, how)
      if (fed !== null) return fed
      for (const { issue } of found) seen.add(issue.issue)
      from = to ?? asOf
      ended = to === null
      state = { ...state, through: from, since: state.since ?? asOf, ...(ended ? { offset } : { stuck: 0 }) }
      if (!(await how.write(state))) return { how: 'interrupted' }
      if (isGap && !ended)
        log.info({ source: source.id, ...secondsBehind(sentryNow() - from) }, 'caught up with an hour of Sentry')
    }
    const lookedUp = await lookUpOpen(state, seen, how)
    if (typeof lookedUp !== 'string') return lookedUp
    await countUnheard(source.id)
    let { summary } = state
    if (await deps.gaps.close(summary)) summary = null
    if (gap !== null) summary = (await deps.gaps.tell(source.id, gap)) ?? summary
    return { how: 'done', state: { ...state, checked: lookedUp, gap: null, summary, stuck: 0 } }
  }

  /** Several at a time, in order. null: all of them are done. */
  async function feedAll(
    found: readonly Found[],
    feeding: Feeding,
    state: PollState,
    { source, going }: Round,
  ): Promise<Ended | null> {
    let troubled = false
    for (let at = 0; at < found.length; at += SIDE_BY_SIDE) {
      if (!going()) return { how: 'interrupted' }
      if (feeding.gap !== null && at > 0 && at % SAID_EVERY === 0)
        log.info({ source: source.id, issues: at, of: found.length }, 'catching up with Sentry')
      const results = await Promise.allSettled(found.slice(at, at + SIDE_BY_SIDE).map(one => deps.feed(one, feeding)))
      for (const result of results) {
        if (result.status === 'fulfilled') continue
        troubled = true
        log.error({ err: result.reason, source: source.id }, 'what was missed could not be handled')
      }
      if (results.some(result => result.status === 'fulfilled' && result.value === 'no-room'))
        return { how: 'failed', state, reason: 'Sentry has no answers to spare beside live alerts; it goes on shortly' }
    }
    if (!troubled || state.stuck >= PATIENCE) return null
    const reason = 'some of what was found could not be handled here; it is tried again'
    return { how: 'failed', state: { ...state, stuck: state.stuck + 1 }, reason }
  }

  /**
   * Who resolves or archives an issue causes no event, and lists by last seen never show it: open incidents that were
   * not listed are looked up by id, in turns. The last one of this turn, or how the round ended over it.
   */
  async function lookUpOpen(state: PollState, seen: ReadonlySet<string>, how: Round): Promise<string | Ended> {
    const { source } = how
    const ids = (await incidents.openIds()).sort()
    const after = ids.filter(id => id > state.checked)
    const turn = (after.length > 0 ? after : ids).slice(0, LOOKED_UP)
    const open = (await incidents.readMany(turn)).filter(incident => incident.source === source.id)
    const named = new Set((await Promise.all(open.map(issuesOf))).flat())
    const issues = [...named].filter(issue => IS_ID.test(issue) && !seen.has(issue))
    const feeding = { source, since: state.since ?? 0, offset: state.offset, first: false, gap: state.gap }
    for (let at = 0; at < issues.length; at += MOST_BY_ID) {
      const found = await deps.lists.listThese(source.id, issues.slice(at, at + MOST_BY_ID))
      if (!found.ok) return { how: 'failed', state, reason: found.reason }
      const fed = await feedAll(found.value, feeding, state, how)
      if (fed !== null) return fed
    }
    return turn.at(-1) ?? ''
  }

  /** A monitor's incident ends in Sentry with the metric issue that speaks of it. */
  async function issuesOf({ id, source, kind, issue }: Incident): Promise<string[]> {
    if (kind === 'metric' || kind === 'project') return deps.aliases.issuesOf(source, id)
    return kind === 'issue' && issue !== null ? [issue] : []
  }

  /** What was fed in some while ago and no webhook has told since was missed. */
  async function countUnheard(source: string): Promise<void> {
    const now = clock.now()
    const due = (await polls.unheard(source)).filter(({ item }) => item.due <= now)
    for (const { item } of due) {
      const timeline = await incidents.timeline(item.incident, 0, 200)
      // What webhooks tell has ids that begin so.
      const heard = timeline.some(
        ({ at, signal }) => at >= item.fedAt - OVERLAP_MS && signal?.startsWith('s-') === true,
      )
      if (!heard) deps.onMissed(source, item.what)
    }
    await polls.drop(
      source,
      due.map(({ issue }) => issue),
    )
  }
}

const secondsBehind = (ms: number) => ({ behindSeconds: Math.max(0, Math.round(ms / 1_000)) })

export type ReconcileRound = ReturnType<typeof createReconcileRound>
