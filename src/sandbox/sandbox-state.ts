import type { BacklogEntry } from '../deliver/backlog-entry.ts'
import type { Incident, TimelineEntry } from '../incidents/incident.ts'
import type { DeliveryRecord } from '../signals/delivery.ts'
import type { QuarantineEntry } from '../signals/quarantine.ts'
import type { PagerdutyStandIn } from './pagerduty-stand-in.ts'
import type { SentSample } from './send-sample.ts'
import type { SlackStandIn } from './slack-stand-in.ts'

type Listed<T> = Promise<{ items: T[] }>
interface FirstPage {
  limit: number
  cursor: null
}

/** What the page reads of the service; the service's own operations fit. */
export interface SandboxOperations {
  incidents: {
    list(filter: Record<string, never>, page: FirstPage): Listed<Incident>
    timeline(id: string, page: FirstPage): Promise<{ items: TimelineEntry[] } | null>
  }
  backlog: { list(filter: Record<string, never>, page: FirstPage): Listed<BacklogEntry> }
  quarantine: { list(page: FirstPage): Listed<QuarantineEntry> }
  deliveries: { get(id: string): Promise<DeliveryRecord | null> }
}

/** Everything there is to see, at one moment. */
export interface SandboxState {
  pagerduty: PagerdutyStandIn | null
  slack: SlackStandIn | null
  /** Last updated first; their timelines newest first. */
  incidents: { incident: Incident; timeline: TimelineEntry[] }[]
  backlog: BacklogEntry[]
  quarantine: QuarantineEntry[]
  /** What was sent from this page, newest first, and what became of it; null: still being handled. */
  sent: { sample: SentSample; record: DeliveryRecord | null }[]
}

const INCIDENTS: FirstPage = { limit: 15, cursor: null }
const TIMELINE: FirstPage = { limit: 100, cursor: null }
const ENTRIES: FirstPage = { limit: 20, cursor: null }

/** Reads it all. Fails when the store cannot be reached. */
export async function readState(from: {
  pagerduty: PagerdutyStandIn | null
  slack: SlackStandIn | null
  operations: SandboxOperations
  sent: readonly SentSample[]
}): Promise<SandboxState> {
  const { operations, pagerduty, slack } = from
  const timelineOf = async (incident: Incident) => {
    const page = await operations.incidents.timeline(incident.id, TIMELINE)
    return { incident, timeline: newestFirst(page?.items ?? []) }
  }
  const recordOf = async (sample: SentSample) => {
    return { sample, record: sample.delivery === null ? null : await operations.deliveries.get(sample.delivery) }
  }
  const [incidents, backlog, quarantine, sent] = await Promise.all([
    operations.incidents.list({}, INCIDENTS).then(({ items }) => Promise.all(items.map(timelineOf))),
    operations.backlog.list({}, ENTRIES),
    operations.quarantine.list(ENTRIES),
    Promise.all(from.sent.map(recordOf)),
  ])
  return { pagerduty, slack, incidents, backlog: backlog.items, quarantine: quarantine.items, sent }
}

function newestFirst(entries: TimelineEntry[]): TimelineEntry[] {
  return (entries[0]?.at ?? 0) < (entries.at(-1)?.at ?? 0) ? entries.toReversed() : entries
}

/** One sentence for those who cannot watch: said aloud when something arrives. */
export function summaryOf({ pagerduty, slack, incidents, backlog }: SandboxState): string {
  const open = incidents.filter(({ incident }) => incident.status !== 'resolved').length
  const pages =
    pagerduty === null ? 'a real one' : `${pagerduty.openAlerts().length} open of ${pagerduty.alerts.length}`
  const posts = slack === null ? 'a real one' : `${slack.posts.length} messages`
  return `PagerDuty: ${pages}. Slack: ${posts}. Incidents: ${open} open of ${incidents.length}. Backlog: ${backlog.length}.`
}

/** The same for programs; times are RFC 3339. */
export function stateJson(state: SandboxState): object {
  const time = (ms: number) => new Date(ms).toISOString()
  const alerts = state.pagerduty?.alerts.map(({ id, status, dedupKey, openedAt, event }) => {
    const { summary, severity } = event.payload ?? {}
    return { id, status, severity: severity ?? null, summary: summary ?? null, dedupKey, openedAt: time(openedAt) }
  })
  const messages = state.slack?.posts.map(({ channelName, ts, text, edits, at }) => {
    return { channel: `#${channelName}`, ts, text, edits: edits.length, at: time(at) }
  })
  return {
    summary: summaryOf(state),
    pagerduty: alerts === undefined ? null : { alerts },
    slack: messages === undefined ? null : { messages },
    incidents: state.incidents.map(({ incident }) => {
      const { id, severity, status, title, verdict, updatedAt } = incident
      return { id, severity, status, title, reason: verdict.reason, updatedAt: time(updatedAt) }
    }),
    backlog: state.backlog.map(({ id, title, severity, status, incident }) => ({
      id,
      title,
      severity,
      status,
      incident,
    })),
    sent: state.sent.map(({ sample, record }) => ({
      ...sample,
      at: time(sample.at),
      outcome: record?.outcome ?? null,
      incident: record?.incident ?? null,
    })),
  }
}
