import { CRASH_FREE_SESSIONS } from '../../src/sandbox/samples/metric-alert-payload.ts'
import type { Random } from '../random.ts'
import { type AlertRule, type Failure, type Issue, MINUTE, type Project } from './happening.ts'
import { toProblem } from './label.ts'
import { crashFreeIn, unhandledIn } from './readings.ts'
import type { How, Script, Stage } from './stage.ts'

const NEW_ISSUE: AlertRule = { name: 'Notify of new issues', when: { on: 'new' }, frequency: 30 }
/** `prefix` keeps the names of one scenario apart from all others; `ids` begin where no other scenario's are. */
export function createStage(prefix: string, ids: number, random: Random): { stage: Stage; script: Script } {
  const script: Script = { projects: [], troubles: [], outages: [], restarts: [], posts: [], problems: [] }
  let made = ids
  let people = 0
  const nextId = () => String(++made)

  function add(issue: Issue, at: number, how: How & { user?: string | null; happenedAgo?: number }): void {
    const failure: Failure = {
      at: at * MINUTE,
      happened: (at - (how.happenedAgo ?? 0)) * MINUTE,
      user: how.user ?? null,
      environment: how.environment === undefined ? 'production' : how.environment,
      release: how.release === undefined ? runningAt(issue.project, at * MINUTE) : how.release,
      handled: how.handled ?? false,
      tags: how.tags ?? {},
    }
    issue.failures.push(failure)
  }

  const somebody = () => `${prefix}-u${++people}`

  function meets(issue: Issue, at: number, how: How): void {
    const user = somebody()
    for (let n = 0; n < (how.each ?? 1); n += 1) add(issue, at + n * random.between(0.05, 0.5), { ...how, user })
  }

  const stage: Stage = {
    project(name, options = {}) {
      const project: Project = {
        slug: `${prefix}-${name}`,
        id: nextId(),
        feed: options.feed ?? false,
        issueWebhooks: options.issueWebhooks ?? true,
        alerts: options.alerts ?? [NEW_ISSUE],
        issues: [],
        sessions: [],
        releases: [],
        monitors: [],
      }
      script.projects.push(project)
      return project
    },
    issue(project, traits = {}) {
      const id = nextId()
      const issue: Issue = {
        id,
        project,
        errorClass: 'TypeError',
        message: `cannot read total of undefined (${id})`,
        transaction: '/articles',
        level: 'error',
        usual: null,
        kind: 'error',
        feedbackOn: null,
        failures: [],
        acts: [],
        ...traits,
      }
      project.issues.push(issue)
      return issue
    },
    hurts(issue, users, [from, to], how = {}) {
      // One in each of as many equal parts: by chance, but never all at the end.
      for (let n = 0; n < users; n += 1) meets(issue, from + ((to - from) * (n + random.next())) / users, how)
    },
    spreads(issue, [first, last], [from, to], how = {}) {
      let due = random.next()
      for (let minute = from; minute < to; minute += 1) {
        due += (first + ((last - first) * (minute - from)) / (to - from)) / 60
        for (; due >= 1; due -= 1) meets(issue, minute + random.next(), how)
      }
    },
    fails(issue, events, [from, to], how = {}) {
      for (let n = 0; n < events; n += 1) add(issue, from + ((to - from) * (n + random.next())) / events, how)
    },
    once: (issue, at, how = {}) => add(issue, at, { user: somebody(), ...how }),
    resolves: (issue, at, inRelease) =>
      void issue.acts.push({ at: at * MINUTE, does: 'resolve', inRelease: inRelease ?? null }),
    archives: (issue, at) => void issue.acts.push({ at: at * MINUTE, does: 'archive' }),
    unarchives: (issue, at) => void issue.acts.push({ at: at * MINUTE, does: 'unarchive' }),
    escalates: (issue, at) => void issue.acts.push({ at: at * MINUTE, does: 'escalate' }),
    assigns: (issue, at, to) => void issue.acts.push({ at: at * MINUTE, does: 'assign', to }),
    sessions(project, [from, to], { perMinute, crashing, release = null, environment = 'production' }) {
      // What ran an hour before ran long before: the first reading is no different from any other.
      const since = from <= -60 ? from - 600 : from
      project.sessions.push({ from: since * MINUTE, to: to * MINUTE, perMinute, crashing, release, environment })
    },
    releases: (project, at, version) => void project.releases.push({ at: at * MINUTE, version }),
    watchesCrashFree(project, below = 95) {
      return monitor(project, {
        name: `Crash-free sessions of ${project.slug}`,
        aggregate: CRASH_FREE_SESSIONS,
        windowMinutes: 60,
        direction: 'below',
        critical: below,
        read: at => crashFreeIn(project, at),
        said: value => `${value.toFixed(2)}% sessions crash free rate`,
      })
    },
    watchesUnhandled(project, above = 500) {
      return monitor(project, {
        name: `Unhandled errors a minute of ${project.slug}`,
        aggregate: 'count()',
        query: 'error.unhandled:true',
        windowMinutes: 1,
        critical: above,
        read: at => unhandledIn(project, at),
        said: value => `${value} events`,
      })
    },
    watches(project, name, { warning, critical, opensIssue = false }, reads) {
      const steps = reads.map(([at, value]) => ({ at: at * MINUTE, value }))
      return monitor(project, {
        name: `${name} of ${project.slug}`,
        aggregate: 'p95(transaction.duration)',
        windowMinutes: 10,
        critical,
        warning: warning ?? null,
        read: at => steps.findLast(step => step.at <= at)?.value ?? null,
        said: value => `${value}.0 p95(transaction.duration)`,
        opensIssue: opensIssue ? nextId() : null,
      })
    },
    trouble([from, to], { lateBySeconds, ...trouble }) {
      const late = lateBySeconds === undefined ? {} : { late: lateBySeconds * 1_000 }
      script.troubles.push({ ...trouble, ...late, from: from * MINUTE, to: to * MINUTE })
    },
    sentryFails: ([from, to], fault) => void script.outages.push({ from: from * MINUTE, to: to * MINUTE, fault }),
    restart: at => void script.restarts.push(at * MINUTE),
    posts: (at, resource, body, forged = false) => void script.posts.push({ at: at * MINUTE, resource, body, forged }),
    problem: (name, label) => void script.problems.push(toProblem(name, label)),
  }

  function monitor(
    project: Project,
    given: Partial<Project['monitors'][number]> &
      Pick<Project['monitors'][number], 'name' | 'aggregate' | 'windowMinutes' | 'critical' | 'read' | 'said'>,
  ): string {
    const rule = nextId()
    project.monitors.push({ rule, query: '', direction: 'above', warning: null, opensIssue: null, ...given })
    return rule
  }

  return { stage, script }
}

/** The newest release that is out; before any: none. */
export function runningAt(project: Project, at: number): string | null {
  return project.releases.filter(release => release.at <= at).at(-1)?.version ?? null
}
