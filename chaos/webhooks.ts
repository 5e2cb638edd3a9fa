import { hexId } from '../src/sandbox/samples/envelope.ts'
import { errorCreated, eventAlert, eventPayload } from '../src/sandbox/samples/event-payload.ts'
import { issuePayload, issueWebhook } from '../src/sandbox/samples/issue-payload.ts'
import { metricAlert } from '../src/sandbox/samples/metric-alert-payload.ts'
import { serialize } from '../src/sandbox/samples/serialize.ts'
import { incidentId, incidentKey } from '../src/signals/dedup-key.ts'
import type { Subject } from '../src/signals/signal.ts'

/** One webhook to send, and what must come of it. */
export interface Webhook {
  resource: string
  body: string
  /** The hook's timestamp, s: part of an issue webhook's identity, so the same when it is sent again. */
  hookAt: number
  /** The incident that must be there afterwards; null: it opens none. */
  incident: string | null
  /** The issue it tells of; null: none, or one that only feeds the windows. */
  issue: string | null
  /** Pages, once. */
  dataLoss: boolean
}

type Made = Omit<Webhook, 'hookAt'>

/** Enough of them that no project comes near 500 unhandled exceptions a minute: only data loss may page here. */
const PROJECTS = Array.from({ length: 8 }, (_, n) => `shop-${n}`)
const projectOf = (n: number) => PROJECTS[n % PROJECTS.length] ?? 'shop-0'

/** How many webhooks, and of what. */
export interface Mix {
  total: number
  /** Of them; each must page. */
  dataLoss: number
  /** Of them; they only feed the windows. */
  errorEvents: number
}

/** Of the rest; event alerts, two on each issue, are what then remains. */
const ISSUES = 0.4
const METRICS = 0.1

/** Distinct webhooks of five kinds in a mixed order that is the same each time. */
export function makeWebhooks({ total, dataLoss, errorEvents }: Mix, now: number): Webhook[] {
  const rest = total - dataLoss - errorEvents
  const [issues, metrics] = [Math.round(rest * ISSUES), Math.round(rest * METRICS)]
  const hookAt = Math.floor(now / 1000)
  const many = (count: number, make: (n: number, now: number) => Made) =>
    Array.from({ length: count }, (_, n) => ({ ...make(n, now), hookAt }))
  const made = [
    ...many(dataLoss, dataLossAlert),
    ...many(errorEvents, errorEvent),
    ...many(issues, issueCreated),
    ...many(metrics, metric),
    ...many(rest - issues - metrics, alert),
  ]
  return made
    .map((webhook, n) => ({ webhook, place: hexId('place', n) }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ webhook }) => webhook)
}

function dataLossAlert(n: number, now: number): Made {
  const issue = String(610_000 + n)
  const event = eventPayload({ now, issue, project: projectOf(n), tags: { data_loss: 'true' }, message: `loss ${n}` })
  return { ...aboutIssue(issue, 'event_alert', eventAlert(event, 'Data loss')), dataLoss: true }
}

function issueCreated(n: number, now: number): Made {
  const issue = String(620_000 + n)
  return aboutIssue(issue, 'issue', issueWebhook('created', issuePayload({ now, issue, project: projectOf(n) })))
}

/** Two on each issue; every third issue was told of by `issue.created` as well. */
function alert(n: number, now: number): Made {
  const nth = Math.floor(n / 2)
  const issue = String(nth % 3 === 0 ? 620_000 + nth : 630_000 + nth)
  const event = eventPayload({ now: now + n, issue, project: projectOf(nth) })
  return aboutIssue(issue, 'event_alert', eventAlert(event, 'A new issue'))
}

function metric(n: number, now: number): Made {
  const rule = String(7_000 + n)
  const body = metricAlert({
    now,
    action: n % 2 === 0 ? 'critical' : 'warning',
    rule,
    identifier: String(8_000 + n),
    name: `Slow page ${n}`,
    aggregate: 'p95(transaction.duration)',
    window: 10,
    said: '2300.0 p95(transaction.duration)',
    direction: 'above',
    critical: 2_000,
    project: projectOf(n),
  })
  const subject: Subject = { kind: 'metric', detector: rule, project: '', measures: 'other', windowMinutes: 10 }
  return {
    resource: 'metric_alert',
    body: serialize(body),
    incident: incidentOf(subject),
    issue: null,
    dataLoss: false,
  }
}

function errorEvent(n: number, now: number): Made {
  const event = eventPayload({ now: now + n, issue: String(640_000 + (n % 200)), project: projectOf(n) })
  return { resource: 'error', body: serialize(errorCreated(event)), incident: null, issue: null, dataLoss: false }
}

function aboutIssue(issue: string, resource: string, payload: object): Made {
  return { resource, body: serialize(payload), incident: incidentOf({ kind: 'issue', issue }), issue, dataLoss: false }
}

function incidentOf(subject: Subject): string | null {
  const key = incidentKey('default', subject)
  return key === null ? null : incidentId(key)
}
