import type { Random } from '../random.ts'
import { type Failure, type Issue, MINUTE, type Monitor, type Trouble } from './happening.ts'
import { type IssueLife, liveIssue } from './issue-life.ts'
import { alertBody, errorBody, issueBody, type MetricAction, metricBody, metricIssueBody } from './payloads.ts'
import type { Script } from './stage.ts'

/** One delivery on its way to us. Times are ms since the scenario's start. */
export interface Webhook {
  /** When the bytes arrive here. */
  arrives: number
  /** When Sentry sent it: the hook's timestamp. */
  sent: number
  /** `resource.action`. */
  name: string
  resource: string
  body: string
  forged: boolean
}

/** An issue with all that became of it. */
export interface LivedIssue {
  issue: Issue
  /** In the order in which Sentry got them. */
  failures: readonly Failure[]
  life: IssueLife
}

export function liveAll(script: Script): LivedIssue[] {
  return script.projects
    .flatMap(project => project.issues)
    .map(issue => {
      const failures = [...issue.failures].sort((a, b) => a.at - b.at)
      return { issue, failures, life: liveIssue(issue, failures) }
    })
}

/**
 * Every webhook that Sentry would send, each an asynchronous task of its own: 0.2 to 5 s after what it tells of, in no
 * promised order, once or (by trouble) not at all. From the scenario's start on.
 */
export function planWebhooks(
  script: Script,
  lived: readonly LivedIssue[],
  lastsMs: number,
  random: Random,
  toSentry: (at: number) => number,
): Webhook[] {
  const planned: Webhook[] = []
  // Most take well under a second, a few take long.
  const latency = () => 200 + 4_800 * random.next() ** 3
  function plan(at: number, name: string, body: (sent: number) => string): void {
    if (at < 0 || at > lastsMs) return
    const sent = at + latency() / 2
    const arrives = sent + latency() / 2
    planned.push({ arrives, sent, name, resource: name.split('.')[0] ?? '', body: body(sent), forged: false })
  }

  for (const one of lived) {
    const { issue, life } = one
    for (const told of life.told) {
      if (told.what === 'issue') {
        if (issue.project.issueWebhooks)
          plan(told.at, `issue.${told.action}`, sent => issueBody(one, told.action, told.byPerson, sent, toSentry))
      } else if (told.what === 'alert') {
        plan(told.at, 'event_alert.triggered', () => alertBody(issue, told.rule, told.failure, toSentry))
      } else plan(told.at, 'error.created', () => errorBody(issue, told.failure, toSentry))
    }
  }
  for (const project of script.projects) {
    for (const monitor of project.monitors) {
      for (const turn of turnsOf(monitor, lastsMs)) {
        const { at, action, value, life } = turn
        plan(at, `metric_alert.${action}`, sent => metricBody(project, monitor, action, value, toSentry(sent), life))
        if (monitor.opensIssue !== null && action === 'critical') {
          const id = monitor.opensIssue
          plan(at + 1_000, 'event_alert.metric', () => metricIssueBody(project, monitor, id, value, toSentry(at)))
        }
      }
    }
  }
  const meddled = planned.flatMap(webhook => meddle(webhook, script.troubles, random))
  const posts = script.posts.map(({ at, resource, body, forged }) => {
    return { arrives: at, sent: at, name: `${resource}.raw`, resource, body, forged }
  })
  return [...meddled, ...posts].sort((a, b) => a.arrives - b.arrives)
}

interface Turn {
  at: number
  action: MetricAction
  value: number
  life: number
}

/** A monitor looks once a minute, and tells when its state changes. */
function turnsOf(monitor: Monitor, lastsMs: number): Turn[] {
  const turns: Turn[] = []
  const worse = (value: number, limit: number) => (monitor.direction === 'above' ? value > limit : value < limit)
  let state: MetricAction = 'resolved'
  let life = 0
  for (let at = 0; at <= lastsMs; at += MINUTE) {
    const value = monitor.read(at)
    if (value === null) continue
    const critical = worse(value, monitor.critical)
    const warning = monitor.warning !== null && worse(value, monitor.warning)
    const next: MetricAction = critical ? 'critical' : warning ? 'warning' : 'resolved'
    if (next === state) continue
    if (state === 'resolved') life += 1
    state = next
    turns.push({ at, action: next, value, life })
  }
  return turns
}

function meddle(webhook: Webhook, troubles: readonly Trouble[], random: Random): Webhook[] {
  let copies = [webhook]
  for (const trouble of troubles) {
    if (webhook.sent < trouble.from || webhook.sent > trouble.to) continue
    if (trouble.only !== undefined && !trouble.only.includes(webhook.name)) continue
    if (random.next() < (trouble.dropped ?? 0)) return []
    const late = () => (trouble.late ?? 0) * random.next()
    if (random.next() < (trouble.doubled ?? 0)) {
      copies = [...copies, { ...webhook, arrives: webhook.arrives + 300 + 3_000 * random.next() }]
    }
    copies = copies.map(copy => ({ ...copy, arrives: copy.arrives + late() }))
  }
  return copies
}
