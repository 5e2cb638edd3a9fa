import { judgeTable } from '../classify/judge-table.ts'
import { readFields } from '../classify/read-fields.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { CrashFree, ProjectImpact } from '../measure/impact.ts'
import type { ProjectSessions, Survey } from '../measure/survey.ts'
import type { Clock } from '../platform/clock.ts'
import type { Revision } from '../rules/rules-document.ts'
import { incidentId, incidentKey } from '../signals/dedup-key.ts'
import type { Signal } from '../signals/signal.ts'
import { projectLookedAt } from './derive-signal.ts'

export interface LookDeps {
  survey: Survey
  incidents: Pick<IncidentStore, 'read'>
  rules(): Revision
  /** Project slugs the source speaks for; empty: all. */
  projectsOf(source: string): readonly string[]
  handleSignal(signal: Signal): Promise<unknown>
  /** How far Sentry's clock is ahead of ours, ms. */
  skewMs(source: string): number
  clock: Clock
}

/** Unhandled events of so many minutes: no single minute of them can have more. */
const MINUTES = 10

/**
 * Looks at every project of a source, two questions for all of them, so that a crash-free rate or a spike is found when
 * no webhook tells. Where the project's rules might hold by what is seen, the project is measured in full and judged like
 * any other signal. Answers what could not be seen, in words; nothing is missed by that for longer than to the next look.
 */
export function createLookAtProjects(deps: LookDeps) {
  return async function lookAtProjects(source: string): Promise<{ looked: number; gaps: string[] }> {
    const { document } = deps.rules()
    const question = { source, production: document.production }
    const [sessions, unhandled] = await Promise.all([
      deps.survey.sessions(question),
      deps.survey.unhandled({ ...question, minutes: MINUTES }),
    ])
    const gaps = [sessions, unhandled].flatMap(answer => (answer.ok ? [] : [answer.reason]))
    const bySessions = new Map((sessions.ok ? sessions.value : []).map(one => [one.project, one]))
    const byEvents = new Map((unhandled.ok ? unhandled.value : []).map(one => [one.project, one.events]))
    const only = deps.projectsOf(source)
    const projects = [...new Set([...bySessions.keys(), ...byEvents.keys()])].filter(
      project => isSlug(project) && (only.length === 0 || only.includes(project)),
    )
    const suspicious = projects.filter(project =>
      mayBeBreached(source, project, bySessions.get(project) ?? null, byEvents.get(project) ?? 0),
    )
    // Side by side: one that cannot be handled holds up no other.
    const results = await Promise.allSettled(suspicious.map(project => lookInto(source, project)))
    const failed = results.find(result => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return { looked: results.filter(result => result.status === 'fulfilled' && result.value).length, gaps }
  }

  function lookedAt(source: string, project: string): Signal {
    const now = deps.clock.now()
    return projectLookedAt(source, project, now, now + deps.skewMs(source))
  }

  async function lookInto(source: string, project: string): Promise<boolean> {
    if (await isMeasuredAlready(source, project)) return false
    await deps.handleSignal(lookedAt(source, project))
    return true
  }

  /** By the rules themselves, everything unknown speaking for a breach: what is left out here cannot hold. */
  function mayBeBreached(source: string, project: string, seen: ProjectSessions | null, events: number): boolean {
    const { severityRules } = deps.rules().document
    const now = deps.clock.now()
    const signal = lookedAt(source, project)
    const whole = seen === null ? null : rateOf(seen.production, null, now)
    // Which release is the newest is not asked here: each might be.
    const releases = seen === null ? [] : seen.releases.map(one => rateOf(one, one.release, now))
    const candidates = releases.length === 0 ? [null] : releases
    const unhandledPerMinute =
      events === 0 ? null : { value: events, source: 'sentry' as const, at: now, windowSeconds: 60 }
    return candidates.some(release => {
      const crashFree = [whole, release].filter(rate => rate !== null)
      const impact: ProjectImpact = { crashFree, unhandledPerMinute, crashing: null }
      const measured = { at: now, issue: null, project: impact, degraded: false, gaps: [] }
      const { value } = readFields(signal, measured)
      // What was looked for and is not there is known to be absent; only whether crashes go on is not asked here.
      const read = (field: string) => (field === 'crashing' ? value(field) : (value(field) ?? null))
      const judged = judgeTable(severityRules, 'project', read)
      return judged.fired !== null || judged.possible !== null
    })
  }

  /** One that our own measuring holds open is measured every minute as it is. */
  async function isMeasuredAlready(source: string, project: string): Promise<boolean> {
    const key = incidentKey(source, { kind: 'project', project })
    const incident = key === null ? null : await deps.incidents.read(incidentId(key))
    if (incident === null || incident.status === 'resolved') return false
    return Object.entries(incident.causes).some(
      ([cause, state]) => cause.startsWith('measured:') && state.clearedAt === null,
    )
  }
}

function rateOf(sample: { sessions: number; crashed: number }, release: string | null, at: number): CrashFree | null {
  const { sessions, crashed } = sample
  if (sessions <= 0) return null
  return {
    percent: ((sessions - crashed) * 100) / sessions,
    sessions: Math.round(sessions),
    scope: release === null ? 'production' : 'release',
    release,
    source: 'sentry',
    at,
  }
}

/** A project so new that its slug is not known yet is looked at when it is: one project is one incident. Slugs are never all digits. */
function isSlug(project: string): boolean {
  return !/^\d+$/.test(project)
}
