import type { Judgement } from '../classify/classify.ts'
import type { Truth } from '../classify/condition.ts'
import type { OperatorMarks } from '../classify/read-fields.ts'
import type { Suspect } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { Impact, Measured } from '../measure/impact.ts'
import type { ImpactSource } from '../measure/impact-source.ts'
import { deadline, type MeasureDeps, measureIssue, measureProject } from '../measure/measure-impact.ts'
import { provenByPayload } from '../measure/proven-by-payload.ts'
import type { Survey } from '../measure/survey.ts'
import type { WindowCounts } from '../measure/window-event.ts'
import type { WindowsStore } from '../measure/windows-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { Revision } from '../rules/rules-document.ts'
import { incidentId, incidentKey } from '../signals/dedup-key.ts'
import type { Signal } from '../signals/signal.ts'
import { withLatestEvent } from './derive-signal.ts'
import { toWindowEvent } from './to-window-event.ts'
import { breachOf, createVerdicts } from './verdicts.ts'

export interface JudgeDeps {
  windows: Pick<WindowsStore, 'observe' | 'read' | 'suspects'>
  ask: ImpactSource
  survey: Pick<Survey, 'canAsk' | 'crashingIssues'>
  incidents: Pick<IncidentStore, 'readMany'>
  rules(): Revision
  /** Since when webhooks have been taken without a gap, ms. */
  doorOpenSince(): number
  clock: Clock
}

/** What was found about a signal: its own verdict, and the one about its project (null: nothing is breached there). */
export interface Judged {
  /** The signal, with what the latest event lent it. */
  signal: Signal
  own: Judgement | null
  impact: Impact
  /** Of a project that is breached: the issues behind it, as far as they are known. */
  suspects: Suspect[]
  /** Sentry says that its issue is archived. */
  archived: boolean
  /** Has it fallen below that rule's threshold for falling? */
  calm(rule: string): Truth
  project: { name: string; verdict: Judgement; impact: Impact; suspects: Suspect[] } | null
}

export interface JudgeOptions {
  /** Nobody waits for it: asked only within what live questions leave. */
  background?: boolean
  /** What was usual when it was measured before: growing slowly does not make it usual. */
  baseline?: Measured | null
  /** What people have marked on its incident; asked for while it is measured. */
  marks?: () => Promise<OperatorMarks>
  /** false: only the issue itself is measured; its project is watched elsewhere. */
  project?: boolean
}

/** A verdict waits for Sentry at most this long; then it falls on what is known and is made again later. */
const BUDGET_MS = 2_000
const MOST_SUSPECTS = 20

/** Measures whom a signal hurts and judges how bad that is. Adds its event to the windows, once. */
export function createJudge(deps: JudgeDeps) {
  return async function judge(told: Signal, options: JudgeOptions = {}): Promise<Judged> {
    const { document, number: revision } = deps.rules()
    const now = deps.clock.now()
    const rules = { production: document.production, coreFlows: document.coreFlows }
    const counts = await count(told, now)
    // What the payload alone proves asks Sentry nothing first: a page does not wait.
    const proven = provenByPayload(told)
    const measure: MeasureDeps = {
      ask: proven ? null : deps.ask,
      rules,
      now,
      budgetMs: BUDGET_MS,
      background: options.background === true,
    }
    const verdicts = createVerdicts({ document, number: revision }, now)

    if (told.subject.kind === 'source') {
      const impact: Impact = { at: now, issue: null, project: null, degraded: false, gaps: [] }
      const { own, calm } = verdicts.ofSignal(told, impact)
      return { signal: told, own, impact, suspects: [], archived: false, calm, project: null }
    }
    if (told.subject.kind === 'project' || told.subject.kind === 'metric') {
      // Any other monitor has said its number itself: Sentry has no better one.
      const asking = told.subject.kind === 'project' ? measure : { ...measure, ask: null }
      const impact = await measureProject(told, told.subject.project, counts, asking)
      const { own, calm } = verdicts.ofSignal(told, impact)
      if (told.subject.kind === 'metric')
        return { signal: told, own, impact, suspects: [], archived: false, calm, project: null }
      // What the payload alone proves waits for no names either: they come with the measuring again.
      const suspects = own === null || proven ? [] : await suspectsOf(told.source, told.subject.project, now)
      return { signal: told, own, impact, suspects, archived: false, calm, project: null }
    }

    const projectName = told.facts.project
    const [{ latest, archived, ...measured }, projectImpact] = await Promise.all([
      measureIssue(told, counts, measure),
      projectName === null || options.project === false ? null : measureProject(told, projectName, counts, measure),
    ])
    const issueImpact = { ...measured, issue: withBaseline(measured.issue, options.baseline ?? null) }
    const signal = latest === null ? told : withLatestEvent(told, latest)
    const impact = { ...issueImpact, project: projectImpact?.project ?? null }
    const { own, calm } = verdicts.ofIssue(signal, impact, await options.marks?.())
    const breach = breachOf(verdicts, signal, impact, projectImpact)
    if (projectName === null || projectImpact === null || breach === null) {
      return { signal, own, impact, suspects: [], archived, calm, project: null }
    }
    const suspects = await findSuspects(signal, impact, own, projectName, now)
    return {
      signal,
      own,
      impact,
      suspects: [],
      archived,
      calm,
      project: { name: projectName, verdict: breach, impact: projectImpact, suspects },
    }
  }

  async function count(signal: Signal, now: number): Promise<WindowCounts | null> {
    const { document } = deps.rules()
    const event = signal.origin === 'monitor' ? null : toWindowEvent(signal, document)
    if (event !== null) return sinceUp((await deps.windows.observe([event], now))[0] ?? null)
    const project = 'project' in signal.subject ? signal.subject.project : signal.facts.project
    if (project === null) return null
    return sinceUp(
      await deps.windows.read({ source: signal.source, project, issue: signal.facts.issue, environment: null, now }),
    )
  }

  /** What Sentry posted while our door was shut is lost: windows from before that are not complete. */
  function sinceUp(counts: WindowCounts | null): WindowCounts | null {
    if (counts === null || counts.feedSince === null) return counts
    return { ...counts, feedSince: Math.max(counts.feedSince, deps.doorOpenSince()) }
  }

  /** Those that crash in these minutes by our windows, and in this hour by Sentry's own list. */
  async function suspectsOf(source: string, project: string, now: number): Promise<Suspect[]> {
    const { document } = deps.rules()
    const question = { source, project, production: document.production }
    const [windows, listed] = await Promise.all([
      deps.windows.suspects(source, project, now, MOST_SUSPECTS),
      deps.survey.canAsk(source) ? deadline(BUDGET_MS)(deps.survey.crashingIssues(question)) : null,
    ])
    const byIssue = new Map<string, Pick<Suspect, 'title' | 'link' | 'events' | 'users'>>()
    for (const one of listed?.ok === true ? listed.value : []) byIssue.set(one.issue, one)
    for (const one of windows) {
      const known = byIssue.get(one.issue)
      byIssue.set(one.issue, {
        title: known?.title ?? '',
        link: known?.link ?? null,
        events: Math.max(one.events, known?.events ?? 0),
        users: Math.max(one.users, known?.users ?? 0),
      })
    }
    const ids = new Map([...byIssue.keys()].map(issue => [issue, idOf(source, issue)]))
    const open = new Map((await deps.incidents.readMany([...ids.values()])).map(one => [one.id, one]))
    return [...byIssue].slice(0, MOST_SUSPECTS).map(([issue, { title, link, events, users }]) => {
      const id = ids.get(issue) ?? ''
      const incident = open.get(id)
      return {
        incident: id,
        issue,
        title: incident?.title ?? (title === '' ? `issue ${issue}` : title),
        link: incident?.links.sentry ?? link,
        events,
        users,
        coreFlow: incident?.coreFlow ?? null,
      }
    })
  }

  /** The issue that made us look, and those that crash in the same minutes, largest first. */
  async function findSuspects(
    signal: Signal,
    impact: Impact,
    own: Judgement,
    project: string,
    now: number,
  ): Promise<Suspect[]> {
    const found = await deps.windows.suspects(signal.source, project, now, MOST_SUSPECTS)
    const here = (issue: string) => idOf(signal.source, issue)
    const known = new Map((await deps.incidents.readMany(found.map(one => here(one.issue)))).map(one => [one.id, one]))
    const suspects: Suspect[] = found
      .filter(one => one.issue !== signal.facts.issue)
      .map(one => {
        const incident = known.get(here(one.issue))
        return {
          incident: here(one.issue),
          issue: one.issue,
          title: incident?.title ?? `issue ${one.issue}`,
          link: incident?.links.sentry ?? null,
          events: one.events,
          users: one.users,
          coreFlow: incident?.coreFlow ?? null,
        }
      })
    const self = signal.facts.issue
    if (self === null || signal.facts.handled === true) return suspects
    const mine = found.find(one => one.issue === self)
    suspects.unshift({
      incident: here(self),
      issue: self,
      title: signal.facts.title,
      link: signal.facts.links.issue,
      events: impact.issue?.events?.value ?? mine?.events ?? null,
      users: impact.issue?.users?.value ?? mine?.users ?? null,
      // Only a flow that this page really speaks for: an issue that is P0 in its own right by it.
      coreFlow: own.severity === 'P0' ? (impact.issue?.coreFlow ?? null) : null,
    })
    return suspects
  }
}

function idOf(source: string, issue: string): string {
  return incidentId(incidentKey(source, { kind: 'issue', issue }) ?? '')
}

/** The lower of two baselines: an issue that grows from day to day is held against what was usual before it grew. */
function withBaseline(issue: Impact['issue'], before: Measured | null): Impact['issue'] {
  if (issue === null || before === null) return issue
  const now = issue.baselineUsers
  return { ...issue, baselineUsers: now !== null && now.value < before.value ? now : before }
}

/** Calm by that rule's threshold for falling; null: the numbers could not be had. */
export function calmBy(rule: string, { impact, calm }: Judged): boolean | null {
  const truth = impact.degraded ? 'unknown' : calm(rule)
  return truth === 'unknown' ? null : truth
}

export type Judge = ReturnType<typeof createJudge>
