import type { KeySettings, ShownKey } from '../access/api-keys.ts'
import type { AuditEntry, ChainEnd } from '../access/audit-entry.ts'
import type { Caller } from '../access/caller.ts'
import type { AuditFilter } from '../access/read-audit.ts'
import type { ChainVerdict } from '../access/verify-chain.ts'
import type { BacklogEntry } from '../deliver/backlog-entry.ts'
import type { DeadLetterFilter } from '../deliver/dead-letters.ts'
import type { DestinationSecret, StoredDestination } from '../deliver/destination.ts'
import type { Notification } from '../deliver/notification.ts'
import type { Act } from '../incidents/act.ts'
import type { Incident, TimelineEntry } from '../incidents/incident.ts'
import type { Breadth } from '../mute/breadth.ts'
import type { Silence, SilenceState } from '../mute/silence.ts'
import type { Draft, DraftHead } from '../rules/draft.ts'
import type { Revision, RulesDocument } from '../rules/rules-document.ts'
import type { RevisionFilter } from '../rules/rules-store.ts'
import type { Validation } from '../rules/validate-rules.ts'
import type { Warning } from '../rules/warning.ts'
import type { Source, SourceSecret } from '../sentry/source.ts'
import type { DeliveryRecord } from '../signals/delivery.ts'
import type { QuarantineEntry, QuarantineFilter } from '../signals/quarantine.ts'
import type { Difference } from '../whatif/compare-afresh.ts'
import type { ReplayLine } from '../whatif/replay.ts'
import type { ShadowCounts } from '../whatif/shadow-store.ts'
import type { Simulated } from '../whatif/simulate.ts'
import type { AgainstAsked, ReplayAsked, SimulateAsked } from './what-if-asked.ts'

export type { AgainstAsked, ReplayAsked, SimulateAsked } from './what-if-asked.ts'

export type AnswerOfSimulate = Simulated & {
  signal: {
    id: string
    resource: string
    action: string
    intent: string
    kind: string
    title: string
    project: string | null
  }
}

export interface ShownShadow {
  name: string
  author: string
  startedAt: number
  until: number
  running: boolean
  counts: ShadowCounts
  /** Newest first. */
  differences: Difference[]
}

/** What the REST rooms are given: the service's own functions, wired in main.ts. `api` sees no store and no provider. */

export interface Page<T> {
  items: T[]
  /** Opaque; null on the last page. */
  next: string | null
}
export interface PageRequest {
  limit: number
  cursor: string | null
  /** Of a list that can be read from either end. Absent: newest first. */
  oldestFirst?: boolean
}

export interface IncidentFilter {
  status?: Incident['status'] | undefined
  severity?: Incident['severity'] | undefined
  project?: string | undefined
  /** Only of these projects: what a key that is bound to projects may see. */
  projects?: readonly string[] | undefined
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
  /** Decided before, under the same key: what came of it then is told again. */
  repeated: boolean
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

/** A silence, whether it is in force, and how many incidents it has kept quiet so far. */
export type ShownSilence = Silence & { state: SilenceState; hid: number }

/** One incident that was kept quiet, and since when (ms). */
export interface HiddenIncident {
  incident: string
  at: number
  title: string
  severity: Incident['severity']
  status: Incident['status']
  project: string | null
}

/** With why it takes a confirmation; empty: it does not. */
export type JudgedBreadth = Breadth & { tooBroad: string[] }

export type SilenceScope = Pick<Silence, 'matchers' | 'coversDataLoss' | 'projects'>

export interface Operations {
  rules: {
    current(): Promise<Revision>
    /** Newest first, of those that pass. */
    revisions(page: PageRequest, filter?: RevisionFilter): Promise<Page<Omit<Revision, 'document'>>>
    revision(number: number): Promise<Revision | null>
    /** Publishes a revision if `expected` is still the current number; throws STALE_ETAG or INVALID_INPUT with paths. */
    publish(document: RulesDocument, expected: number, author: string, message: string): Promise<Revision>
    /**
     * Every problem the document has, or the document with its defaults: it may be published. `destinations`: in place of
     * those there are. `asker`: large documents are checked in turns, one asker's after the other's. Throws
     * TOO_MANY_REQUESTS, and INVALID_INPUT when it takes too long.
     */
    validate(
      document: unknown,
      destinations?: readonly Pick<StoredDestination, 'id' | 'kind' | 'fallback'>[],
      asker?: string,
    ): Promise<Validation>
    /**
     * What about valid rules is probably not what somebody wanted, with the destinations there are now; as many as
     * anybody reads, or `all`.
     */
    warnings(
      document: RulesDocument,
      destinations?: readonly Pick<StoredDestination, 'id' | 'kind' | 'fallback'>[],
      all?: boolean,
      asker?: string,
    ): Promise<Warning[]>
  }
  drafts: {
    /** Newest change first. */
    list(): Promise<Versioned<DraftHead>[]>
    get(id: string): Promise<Versioned<Draft> | null>
    /** Throws CONFLICT when there are too many. */
    create(draft: Pick<Draft, 'name' | 'base' | 'document' | 'author'>): Promise<Versioned<Draft>>
    /** Throws STALE_ETAG, NOT_FOUND. */
    save(draft: Draft, by: string, expected: string): Promise<Versioned<Draft>>
    /** Throws STALE_ETAG, NOT_FOUND. */
    remove(id: string, expected: string): Promise<void>
  }
  destinations: {
    list(): Promise<Versioned<ShownDestination>[]>
    get(id: string): Promise<Versioned<ShownDestination> | null>
    /** `expected` null: create. `secret` undefined: keep. Throws STALE_ETAG, MANAGED_BY_ENVIRONMENT, CONFLICT, INVALID_INPUT. */
    put(
      destination: StoredDestination,
      secret: DestinationSecret | undefined,
      expected: string | null,
    ): Promise<Versioned<ShownDestination>>
    /** Whether that is the secret as of the last list; told only to those who may replace it. */
    secretIs(id: string, secret: Record<string, unknown>): boolean
    /** Throws IN_USE with where it is used. */
    remove(id: string, expected: string): Promise<void>
    test(id: string): Promise<Notification>
  }
  sources: {
    list(): Promise<Versioned<Source & { managedBy: ManagedBy; secrets: string[]; health: SourceHealth }>[]>
    get(
      id: string,
    ): Promise<Versioned<Source & { managedBy: ManagedBy; secrets: string[]; health: SourceHealth }> | null>
    put(
      source: Source,
      secret: Partial<SourceSecret> | undefined,
      expected: string | null,
    ): Promise<Versioned<Source & { managedBy: ManagedBy; secrets: string[]; health: SourceHealth }>>
    /** As of destinations: of what is given. */
    secretIs(id: string, secret: Record<string, unknown>): boolean
    remove(id: string, expected: string): Promise<void>
  }
  incidents: {
    list(filter: IncidentFilter, page: PageRequest): Promise<Page<Incident>>
    get(id: string): Promise<Incident | null>
    /** Oldest first, unless the page says otherwise. `what`: only entries of that kind. */
    timeline(id: string, page: PageRequest, what?: TimelineEntry['what']): Promise<Page<TimelineEntry> | null>
    notifications(id: string): Promise<Notification[] | null>
    /** What a person decided; null: there is no such incident. `key`: the same one, with the same act, counts once. */
    act(
      id: string,
      act: Act,
      by: { actor: string | null; key: string | null; caller: Pick<Caller, 'id' | 'name'> },
    ): Promise<ActAnswer | null>
    /** Those of them that there are, in any order. */
    readMany(ids: readonly string[]): Promise<Incident[]>
  }
  deliveries: { get(id: string): Promise<DeliveryRecord | null> }
  notifications: {
    list(
      filter: {
        status?: Notification['status'] | undefined
        destination?: string | undefined
        projects?: readonly string[] | undefined
      },
      page: PageRequest,
    ): Promise<Page<Notification>>
    get(id: string): Promise<Notification | null>
    /** A dead letter is owed again. Throws CONFLICT when it is not dead. */
    retry(id: string): Promise<Notification>
    /** The dead letters that pass, each owed again; with `preview`, only counted. Newest first, at most 1,000 at once. */
    retryMany(filter: DeadLetterFilter, preview: boolean): Promise<RetriedMany>
  }
  silences: {
    /** Newest first. `incident`: only those that mean it as it is now, whether or not they are in force. */
    list(
      filter: {
        state?: SilenceState | undefined
        author?: string | undefined
        incident?: string | undefined
        /** Only those that reach no further. */
        projects?: readonly string[] | undefined
      },
      page: PageRequest,
    ): Promise<Page<ShownSilence>>
    get(id: string): Promise<(ShownSilence & { hidden: HiddenIncident[] }) | null>
    /** Throws TOO_BROAD unless `confirm`, and CONFLICT when too many are kept. What it means and is open falls quiet at once. */
    create(
      wanted: SilenceScope & Pick<Silence, 'startsAt' | 'endsAt' | 'author' | 'reason' | 'annotations'>,
      confirm: boolean,
    ): Promise<ShownSilence>
    /** Throws NOT_FOUND, STALE_ETAG, CONFLICT when it has ended, TOO_BROAD. */
    change(
      id: string,
      change: Partial<Pick<Silence, 'matchers' | 'coversDataLoss' | 'startsAt' | 'endsAt' | 'reason' | 'annotations'>>,
      expected: string,
      confirm: boolean,
    ): Promise<{ before: Silence; after: ShownSilence }>
    /** Ends it now: what is still open speaks. It stays listed. Throws NOT_FOUND, STALE_ETAG. */
    expire(id: string, by: string, expected: string | null): Promise<{ before: Silence; after: ShownSilence }>
    preview(scope: SilenceScope): Promise<JudgedBreadth>
    /** The same for rows of the rules: what a maintenance window or an inhibition has kept quiet so far. */
    hidden(kind: 'maintenance' | 'inhibition', id: string): Promise<{ count: number; incidents: HiddenIncident[] }>
    /** ms: what silences are held against. */
    now(): number
  }
  backlog: {
    list(
      filter: {
        status?: BacklogEntry['status'] | undefined
        owner?: string | undefined
        projects?: readonly string[] | undefined
      },
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
    list(page: PageRequest, filter?: QuarantineFilter): Promise<Page<QuarantineEntry>>
    get(id: string): Promise<QuarantineEntry | null>
  }
  apiKeys: {
    list(): Promise<Versioned<ShownKey>[]>
    get(id: string): Promise<Versioned<ShownKey> | null>
    /** `key`: told here and never again. */
    create(wanted: KeySettings, by: { name: string }): Promise<Versioned<ShownKey> & { key: string }>
    /** Throws NOT_FOUND, STALE_ETAG, INVALID_INPUT. */
    change(id: string, change: Partial<KeySettings>, expected: string | null): Promise<Versioned<ShownKey>>
    /** The value that worked until now works for `overlapMs` longer. Throws NOT_FOUND, STALE_ETAG, CONFLICT. */
    rotate(id: string, overlapMs: number, expected: string | null): Promise<Versioned<ShownKey> & { key: string }>
    /** Throws NOT_FOUND, STALE_ETAG. */
    revoke(id: string, expected: string | null): Promise<void>
  }
  audit: {
    /** Newest first; a page may be short of `limit` when much had to be looked at. Throws INVALID_CURSOR. */
    list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>>
    /** Oldest first, as far as the trail goes when it begins. A hole is null. */
    export(range: { from: number; to: number | null }): AsyncIterable<AuditEntry | null>
    /** `noted`: an end of the chain that was put away earlier, to be found again. */
    verify(noted: ChainEnd | null): Promise<ChainVerdict>
  }
  /** What would happen under other rules. Nothing of it is sent, and no incident is touched. */
  whatIf: {
    /** Throws NOT_FOUND, INVALID_INPUT. */
    simulate(asked: SimulateAsked): Promise<AnswerOfSimulate>
    /** Runs as fast as it is read, and stops with its reader. Throws NOT_FOUND, INVALID_INPUT, CONFLICT. */
    replay(
      asked: Omit<ReplayAsked, 'projects'> & { projects: readonly string[] | null },
    ): Promise<AsyncIterable<ReplayLine>>
    shadow: {
      /** Takes the place of one that runs. Throws NOT_FOUND, INVALID_INPUT. */
      begin(shadow: { against: AgainstAsked; until: number; author: string }): Promise<ShownShadow>
      read(): Promise<ShownShadow | null>
      /** What it was; null: there was none. */
      end(): Promise<ShownShadow | null>
    }
  }
  /** Every dependency, each with a reason. */
  readiness(): Promise<{ ready: boolean; checks: { name: string; ok: boolean; reason: string }[] }>
  metrics(): Promise<string>
}
