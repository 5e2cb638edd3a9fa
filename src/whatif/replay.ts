import type { Incident } from '../incidents/incident.ts'
import { type Difference, differing, type Fate, toldInWords } from './compare-afresh.ts'
import type { Against, DryFlow, Happened } from './dry-flow.ts'
import { fromLine, type Kept, type KeptChange } from './kept-signal.ts'
import type { KeptStore } from './kept-store.ts'
import type { OpenFlow } from './open-flow.ts'
import { type Counted, createReplayTally } from './replay-tally.ts'

export interface ReplayRequest {
  against: Against
  /** ms. */
  from: number
  to: number
  /** null: all. */
  projects: readonly string[] | null
  source: string | null
  /** So many differences are told one by one; all are counted. */
  differences: number
}

export interface ReplaySummary {
  against: string
  /** ms. */
  since: number
  until: number
  /** Signals that were judged again; `unreadable`: written by another version, and left out. */
  signals: number
  unreadable: number
  pages: Counted
  posts: Counted
  severities: { changed: number; moves: { from: string; to: string; count: number }[] }
  routes: { changed: number }
  byDestination: ({ destination: string } & Counted)[]
  byPerson: ({ person: string } & Counted)[]
  /** Verdicts by the rule that fired. */
  byRule: { rule: string; before: number; after: number }[]
  /** Openings and raises by the route they took. */
  byRoute: { route: string; before: number; after: number }[]
  differences: number
}

export type ReplayLine =
  | { type: 'progress'; signals: number; share: number; at: number }
  | ({ type: 'difference' } & Difference)
  | ({ type: 'summary' } & ReplaySummary)

export interface ReplayDeps {
  kept: Pick<KeptStore, 'read'>
  openFlow: OpenFlow
}

const PROGRESS_EVERY = 2_000
/** Counted by name up to here; rules and routes are bounded, so this is never met in earnest. */
const OTHER = '(none)'

/**
 * Every signal that was kept, judged again by other rules, beside what really happened. Incidents live in it as in
 * earnest: they open, are raised, joined, spoken for; people answer and end them when they really did. What it does not
 * know: pacing, failed destinations; what silences and maintenance windows kept quiet then stays quiet. Holds its thread: see pipeline/replay-apart.ts.
 */
export async function* replay(deps: ReplayDeps, request: ReplayRequest): AsyncGenerator<ReplayLine> {
  const { against, from, to } = request
  let current: Kept | null = null
  const state = createReality()
  const flow = deps.openFlow(against, {
    asThingsStand: false,
    silenced: incident => (state.silencedThen(incident, current) ? THEN : null),
    recorded() {
      if (current?.recorded == null) throw new Error('only signals that were judged are judged again')
      return current.recorded
    },
  })
  const tally = createReplayTally()
  const moves = new Map<string, number>()
  const rules = createPairs()
  const routes = createPairs()
  let [signals, unreadable, differences, severityChanged, routeChanged] = [0, 0, 0, 0, 0]

  for await (const lines of deps.kept.read(from, to)) {
    for (const line of lines) {
      const kept = fromLine(line)
      if (kept === null) {
        unreadable += 1
        continue
      }
      if (kept.at < from || kept.at > to || !state.passes(kept, request)) continue
      for (let step = await nextStep(kept.at); step !== null; step = await nextStep(kept.at)) countAfter(step)
      current = kept
      const difference = await compare(kept)
      state.saw(kept)
      if (difference !== null) {
        differences += 1
        if (differences <= request.differences) yield { type: 'difference', ...difference }
      }
      if (kept.recorded === null) continue
      signals += 1
      if (signals % PROGRESS_EVERY === 0)
        yield { type: 'progress', signals, share: share(kept.at, from, to), at: kept.at }
    }
  }
  for (let step = await nextStep(to); step !== null; step = await nextStep(to)) countAfter(step)
  yield {
    type: 'summary',
    ...{ against: against.name, since: from, until: to, signals, unreadable },
    ...tally.totals(),
    severities: {
      changed: severityChanged,
      moves: [...moves].map(([move, count]) => ({
        from: move.split('>')[0] ?? '',
        to: move.split('>')[1] ?? '',
        count,
      })),
    },
    routes: { changed: routeChanged },
    byDestination: tally.byDestination(),
    byPerson: tally.byPerson(against.document.people),
    byRule: rules.all().map(([rule, pair]) => ({ rule, ...pair })),
    byRoute: routes.all().map(([route, pair]) => ({ route, ...pair })),
    differences,
  }

  /** Nobody's answer is known for what was not open in earnest: there, only first steps are told. */
  function nextStep(by: number): Promise<Happened[] | null> {
    return flow.step(by, state.waitsForAnswer)
  }

  function countAfter(happened: readonly Happened[]): void {
    for (const { incident, told } of happened) tally.count('after', incident.id, told)
  }

  async function compare(kept: Kept): Promise<Difference | null> {
    for (const { incident, told } of kept.changes) tally.count('before', incident, told)
    const happened = (await tell(flow, kept)).filter(one => !state.wasOpenBefore(one, kept))
    countAfter(happened)
    const { signal } = kept
    if (signal === null || kept.recorded === null) return null
    const judged = flow.judged()
    const before = fateThen(kept)
    const after: Fate = {
      severity: judged?.own?.severity ?? null,
      rule: judged?.own?.rule ?? null,
      projectSeverity: judged?.project?.verdict.severity ?? null,
      routes: routesOf(
        happened.map(({ action, incident }) => ({ action, routes: incident.escalations.map(e => e.route) })),
      ),
      told: namesOf(happened.flatMap(({ told }) => told)),
    }
    rules.count(before.rule ?? OTHER, after.rule ?? OTHER)
    for (const route of before.routes) routes.count(route, null)
    for (const route of after.routes) routes.count(null, route)
    const what = differing(before, after)
    if (what.includes('severity')) {
      severityChanged += 1
      const move = `${before.severity ?? 'none'}>${after.severity ?? 'none'}`
      if (before.severity !== after.severity) moves.set(move, (moves.get(move) ?? 0) + 1)
    }
    if (what.includes('route')) routeChanged += 1
    if (what.length === 0) return null
    const { title, project } = signal.facts
    return { at: kept.at, signal: signal.id, title, project, what, before, after }
  }
}

/** Until it is seen to speak again, which ends it. */
const THEN: NonNullable<Incident['silenced']> = {
  ...{ until: 8.64e15, by: 'as it was then', reason: 'it was silenced then', since: 0 },
  through: { kind: 'silence', id: 'then' },
}

/** Told again, by the other rules: the signal, or what a person decided, or that it ended. */
async function tell(flow: DryFlow, { signal, act, again, at, changes }: Kept): Promise<Happened[]> {
  if (signal !== null) await flow.signal(signal, at, again)
  else if (act !== null) await flow.act(act.incident, act.act, act.actor, act.id, at)
  else {
    for (const { incident, silenced, status } of changes) {
      const here = status === 'resolved' ? null : ((await flow.incident(incident))?.silenced ?? null)
      if (status !== 'resolved' && silenced && here === null) await flow.cover(incident, THEN, at)
      if (!silenced && here?.through !== undefined) await flow.cover(incident, null, at)
    }
    const actor = { via: 'tocsin' as const, at: null, id: null, name: 'Tocsin' }
    for (const { incident, status } of changes) {
      if (status === 'resolved')
        await flow.act(incident, { kind: 'resolve', release: null, reason: null }, actor, `end-${incident}-${at}`, at)
    }
  }
  return flow.happened()
}

/** What is known of how things really went. */
function createReality() {
  const seen = new Map<string, KeptChange>()
  const passing = new Set<string>()
  return {
    /** Does that belong to what is asked for? What people decided does where its incident does. */
    passes(kept: Kept, { projects, source }: ReplayRequest): boolean {
      if (projects === null && source === null) return true
      const { signal, changes } = kept
      const project =
        signal === null ? null : 'project' in signal.subject ? signal.subject.project : signal.facts.project
      const fits =
        signal === null
          ? changes.some(({ incident }) => passing.has(incident))
          : (source === null || signal.source === source) &&
            (projects === null || (project !== null && projects.includes(project)))
      if (fits) for (const { incident } of changes) passing.add(incident)
      return fits
    },
    waitsForAnswer: (incident: string): boolean => seen.get(incident)?.status === 'triggered',
    /** What silenced it then would silence it under any rules. */
    silencedThen: (incident: string, kept: Kept | null): boolean =>
      (kept?.changes.findLast(one => one.incident === incident) ?? seen.get(incident))?.silenced === true,
    /** It was open when the period began: that it opens in here is no news. */
    wasOpenBefore({ action, incident }: Happened, { changes }: Kept): boolean {
      if (action !== 'open' || seen.has(incident.id)) return false
      const real = changes.find(one => one.incident === incident.id)
      return real !== undefined && real.action !== 'open' && real.action !== 'reopen'
    },
    saw({ changes }: Kept): void {
      for (const change of changes) seen.set(change.incident, change)
    },
  }
}

function fateThen({ own, project, changes }: Kept): Fate {
  return {
    severity: own?.severity ?? null,
    rule: own?.rule ?? null,
    projectSeverity: project?.severity ?? null,
    routes: routesOf(changes),
    told: namesOf(changes.flatMap(({ told }) => told)),
  }
}

function routesOf(changes: readonly { action: string; routes: readonly string[] }[]): string[] {
  const routed = changes.filter(({ action }) => action === 'open' || action === 'raise' || action === 'reopen')
  return [...new Set(routed.flatMap(({ routes }) => routes))]
}

function namesOf(told: readonly { destination: string; mention: string | null }[]): string[] {
  return [...new Set(told.map(toldInWords))].sort()
}

function share(at: number, from: number, to: number): number {
  return to <= from ? 1 : Math.round(((at - from) / (to - from)) * 1_000) / 1_000
}

function createPairs() {
  const pairs = new Map<string, { before: number; after: number }>()
  const add = (name: string | null, side: 'before' | 'after') => {
    if (name === null) return
    const pair = pairs.get(name) ?? { before: 0, after: 0 }
    pair[side] += 1
    pairs.set(name, pair)
  }
  return {
    count(before: string | null, after: string | null): void {
      add(before, 'before')
      add(after, 'after')
    },
    all: () => [...pairs].toSorted(([a], [b]) => a.localeCompare(b)),
  }
}
