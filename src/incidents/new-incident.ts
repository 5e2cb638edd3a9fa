import { newestChoice } from '../signals/chosen.ts'
import { incidentId, incidentKey } from '../signals/dedup-key.ts'
import type { Judged } from './change.ts'
import { eventTime } from './event-time.ts'
import type { Incident } from './incident.ts'

/** An incident as it opens, by what the signal said and the verdict. Throws when the signal is about nothing. */
export function newIncident(change: Judged, now: number): Incident {
  const { signal, verdict } = change
  const key = incidentKey(signal.source, signal.subject)
  if (key === null || signal.subject.kind === 'none') throw new Error(`signal ${signal.id} is about no incident`)
  const facts = signal.facts
  return {
    version: 1,
    id: incidentId(key),
    key,
    kind: signal.subject.kind,
    source: signal.source,
    status: 'triggered',
    severity: verdict.severity,
    generation: 1,
    rev: 1,
    title: facts.title,
    project:
      signal.subject.kind === 'project' || signal.subject.kind === 'metric' ? signal.subject.project : facts.project,
    environment: facts.environment,
    release: facts.release,
    level: facts.level,
    culprit: facts.culprit,
    transaction: facts.transaction,
    errorClass: facts.errorClass,
    frame: facts.frame,
    tags: facts.tags,
    coreFlow: change.issueImpact?.coreFlow ?? null,
    issue: signal.subject.kind === 'issue' ? signal.subject.issue : null,
    shortId: facts.shortId,
    links: { sentry: facts.links.issue ?? facts.links.alert, event: facts.links.event, replay: facts.links.replay },
    owner: facts.assignee,
    ownerSetAt: facts.assignee === null ? null : signal.at,
    verdict,
    impact: change.issueImpact === null ? {} : { [environmentOf(change)]: change.issueImpact },
    projectImpact: change.projectImpact,
    causes: { [change.cause]: { since: signal.at, clearedAt: null } },
    suspects: change.suspects,
    linked: change.linked,
    muted: null,
    quiet: null,
    storm: null,
    escalations: [],
    firstSeen: change.issueImpact?.firstSeen ?? facts.firstSeen,
    openedAt: now,
    updatedAt: now,
    lastSignalAt: signal.at,
    lastEventAt: eventTime(signal),
    lastEventRelease: facts.release,
    lastUnresolvedAt: signal.intent === 'reopen' ? signal.at : null,
    acknowledgedAt: null,
    resolvedAt: null,
    resolvedBy: null,
    resolvedInRelease: null,
    signals: 1,
    feedback: 0,
    chosen: newestChoice(null, signal),
    calmSince: null,
    faded: null,
    acknowledgedBy: null,
    answeredIn: null,
    pinned: null,
    silenced: null,
    workaround: null,
    noise: null,
    archived: 0,
    resolvers: [],
    stepAt: null,
    toldUsers: change.issueImpact?.users?.value ?? null,
    remeasureAt: null,
    remeasured: 0,
  }
}

/** Numbers are asked for production, and kept under that name; an issue seen only elsewhere under its own. */
export function environmentOf(change: Judged): string {
  return change.issueImpact?.inProduction === false ? (change.signal.facts.environment ?? 'elsewhere') : 'production'
}
