import type { AliasStore, Monitor } from '../incidents/alias-store.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { ListedIssue } from '../measure/survey.ts'
import { incidentId, incidentKey } from '../signals/dedup-key.ts'

export interface JoinDeps {
  aliases: Pick<AliasStore, 'monitorsOf' | 'remember'>
  incidents: Pick<IncidentStore, 'read'>
}

/** A monitor and its issue begin together: what is further apart is not taken for the same without a name. */
const TOGETHER_MS = 600_000

/**
 * Of a metric issue Sentry tells no webhook when it is created, and lists do not say which monitor opened it. It bears
 * the monitor's name, though (Sentry's source: incidents/grouptype.py, `issue_title=self.detector.name`).
 */
export function createJoinMonitor({ aliases, incidents }: JoinDeps) {
  /**
   * Remembers the issue as another name of the monitor whose alert holds an incident of its project open: the one that is
   * called so, or that began with it when its name is not known. false: there is none, or nobody can tell which.
   */
  return async function joinMonitor(source: string, issue: ListedIssue): Promise<boolean> {
    if (issue.project === null) return false
    const known = await aliases.monitorsOf(source, issue.project)
    // One that is called otherwise is another problem: it must not be silenced, nor ended, by this issue.
    const may = known.filter(({ name }) => name === null || name === issue.title)
    const firing = (await Promise.all(may.map(monitor => whenFiring(source, monitor)))).filter(one => one !== null)
    const called = firing.filter(({ monitor }) => monitor.name !== null)
    const together = (called.length > 0 ? called : firing).filter(({ since }) => beganWith(issue, since))
    const found = only(called) ?? only(together)
    if (found === null) return false
    const { subject, rule } = found.monitor
    await aliases.remember(source, `issue:${issue.issue}`, { subject, rule })
    return true
  }

  async function whenFiring(source: string, monitor: Monitor): Promise<{ monitor: Monitor; since: number } | null> {
    const incident = await incidents.read(incidentId(incidentKey(source, monitor.subject) ?? ''))
    const cause = incident?.causes[`metric:${monitor.rule}`]
    if (incident === null || incident.status === 'resolved' || cause === undefined || cause.clearedAt !== null)
      return null
    return { monitor, since: cause.since }
  }
}

/** One issue serves all lives of its monitor: it is first seen in the first, and last seen as the newest began. */
function beganWith({ firstSeen, lastSeen }: ListedIssue, since: number): boolean {
  return [firstSeen, lastSeen].some(seen => seen !== null && Math.abs(seen - since) <= TOGETHER_MS)
}

function only<T>(some: readonly T[]): T | null {
  return some.length === 1 ? (some[0] ?? null) : null
}

export type JoinMonitor = ReturnType<typeof createJoinMonitor>
