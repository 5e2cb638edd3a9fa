import type { BacklogEntry } from '../deliver/backlog-entry.ts'
import type { DeadLetterFilter } from '../deliver/dead-letters.ts'
import type { DestinationSecret, StoredDestination } from '../deliver/destination.ts'
import type { Notification } from '../deliver/notification.ts'
import type { Act } from '../incidents/act.ts'
import type { Incident, TimelineEntry } from '../incidents/incident.ts'
import type { Revision, RulesDocument } from '../rules/rules-document.ts'
import type { Source, SourceSecret } from '../sentry/source.ts'
import type { DeliveryRecord } from '../signals/delivery.ts'
import type { QuarantineEntry } from '../signals/quarantine.ts'

/** What the REST rooms are given: the service's own functions, wired in main.ts. `api` sees no store and no provider. */

export interface Page<T> {
  items: T[]
  /** Opaque; null on the last page. */
  next: string | null
}
export interface PageRequest {
  limit: number
  cursor: string | null
}

export interface IncidentFilter {
  status?: Incident['status'] | undefined
  severity?: Incident['severity'] | undefined
  project?: string | undefined
  environment?: string | undefined
  /** ms; updated since. */
  since?: number | undefined
}

export interface RetriedMany {
  /** Dead letters that pass. */
  matched: number
  /** Of these, owed again now; 0 in a preview. */
  retried: number
  /** There are more than were looked at in one call: call again. */
  more: boolean
  byDestination: Record<string, number>
  notifications: string[]
}

/** How a destination does, as far as what was sent there shows. */
export interface DestinationHealth {
  /** It has failed for minutes: what is owed there goes to its fallback. */
  failing: boolean
  /** Since when nothing was taken; null: the last was. */
  since: number | null
  failures: number
  lastError: string | null
  /** When one is tried there again, while it fails. */
  nextProbeAt: number | null
}

export type ShownDestination = StoredDestination & {
  managedBy: ManagedBy
  secrets: string[]
  health: DestinationHealth
}

/** Something editable: its version is the ETag. */
export interface Versioned<T> {
  version: string
  value: T
}

export type ManagedBy = 'environment' | 'api'

export interface SourceHealth {
  lastWebhookAt: number | null
  /** The last poll that Sentry answered. */
  lastPollAt: number | null
  /** How far polling is behind Sentry; null: it has not begun. */
  behindSeconds: number | null
  /** Sentry's clock minus ours; null: not known. */
  clockSkewSeconds: number | null
  /** Severity rules that cannot fire with this source as it is, each with why. */
  rulesThatCannotFire: { rule: string; reason: string }[]
  api: {
    configured: boolean
    breaker: 'closed' | 'open' | 'half-open'
    lastError: string | null
    /** Requests that failed, of those of the last 10 minutes; null: there were none. */
    errorRate: number | null
    lastAnswerAt: number | null
  }
}

/** What came of an act, and whether everywhere else knows by now. */
export interface ActAnswer {
  incident: Incident
  changed: boolean
  action: string
  reason: string
  reflected: {
    where: string
    what: Notification['kind']
    /** `owed`: not told yet, and still being tried. */
    status: 'told' | 'owed' | 'failed' | 'not-needed'
    error: string | null
  }[]
}

export interface Operations {
  rules: {
    current(): Promise<Revision>
    revisions(page: PageRequest): Promise<Page<Omit<Revision, 'document'>>>
    revision(number: number): Promise<Revision | null>
    /** Publishes a revision if `expected` is still the current number; throws STALE_ETAG or INVALID_INPUT with paths. */
    publish(document: RulesDocument, expected: number, author: string, message: string): Promise<Revision>
    /** Every problem the document has; empty: it may be published. */
    validate(document: unknown): Promise<{ path: string; message: string }[]>
  }
  destinations: {
    list(): Promise<Versioned<ShownDestination>[]>
    get(id: string): Promise<Versioned<ShownDestination> | null>
    /** `expected` null: create. `secret` undefined: keep. Throws STALE_ETAG, MANAGED_BY_ENVIRONMENT, CONFLICT, INVALID_INPUT. */
    put(
      destination: StoredDestination,
      secret: DestinationSecret | undefined,
      expected: string | null,
    ): Promise<Versioned<StoredDestination>>
    /** Throws IN_USE with where it is used. */
    remove(id: string, expected: string): Promise<void>
    test(id: string): Promise<Notification>
  }
  sources: {
    list(): Promise<Versioned<Source & { managedBy: ManagedBy; secrets: string[]; health: SourceHealth }>[]>
    get(
      id: string,
    ): Promise<Versioned<Source & { managedBy: ManagedBy; secrets: string[]; health: SourceHealth }> | null>
    put(source: Source, secret: Partial<SourceSecret> | undefined, expected: string | null): Promise<Versioned<Source>>
    remove(id: string, expected: string): Promise<void>
  }
  incidents: {
    list(filter: IncidentFilter, page: PageRequest): Promise<Page<Incident>>
    get(id: string): Promise<Incident | null>
    timeline(id: string, page: PageRequest): Promise<Page<TimelineEntry> | null>
    notifications(id: string): Promise<Notification[] | null>
    /** What a person decided; null: there is no such incident. `key`: the same one, with the same act, counts once. */
    act(id: string, act: Act, by: { actor: string | null; key: string | null }): Promise<ActAnswer | null>
  }
  deliveries: { get(id: string): Promise<DeliveryRecord | null> }
  notifications: {
    list(
      filter: { status?: Notification['status'] | undefined; destination?: string | undefined },
      page: PageRequest,
    ): Promise<Page<Notification>>
    get(id: string): Promise<Notification | null>
    /** A dead letter is owed again. Throws CONFLICT when it is not dead. */
    retry(id: string): Promise<Notification>
    /** The dead letters that pass, each owed again; with `preview`, only counted. Newest first, at most 1,000 at once. */
    retryMany(filter: DeadLetterFilter, preview: boolean): Promise<RetriedMany>
  }
  backlog: {
    list(
      filter: { status?: BacklogEntry['status'] | undefined; owner?: string | undefined },
      page: PageRequest,
    ): Promise<Page<BacklogEntry>>
    get(id: string): Promise<Versioned<BacklogEntry> | null>
    /** Sets owner or closes. Throws STALE_ETAG. */
    patch(
      id: string,
      change: { owner?: BacklogEntry['owner']; status?: BacklogEntry['status'] },
      expected: string,
    ): Promise<Versioned<BacklogEntry>>
  }
  quarantine: {
    list(page: PageRequest): Promise<Page<QuarantineEntry>>
    get(id: string): Promise<QuarantineEntry | null>
  }
  /** Every dependency, each with a reason. */
  readiness(): Promise<{ ready: boolean; checks: { name: string; ok: boolean; reason: string }[] }>
  metrics(): Promise<string>
}
