import type { ReadField } from '../classify/fields.ts'
import { nearThreshold } from '../classify/near-threshold.ts'
import type { Incident } from '../incidents/incident.ts'
import { durationMs } from '../route/duration.ts'
import type { RulesDocument } from '../rules/rules-document.ts'

/** Conditions of a project or a source are looked at again this often while their incident is open. */
const CONDITION_EVERY_MS = 60_000

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A verdict that numbers were missing for is made again, at the longest wait, as long as its problem is this young. */
const DOUBTED_MS = DAY_MS

/** Open but quiet for longer than a day, it is looked at this much less often. */
const LONG_QUIET = 6

type Rules = Pick<RulesDocument, 'settings' | 'severityRules'>

/**
 * When an incident's verdict is due to be made again; null: it stands. Degraded verdicts after 30 s, 2 and 5 minutes, an
 * issue on a core flow every minute while fresh, a project's condition every minute. Sentry sends nothing when an issue
 * that is open spreads to more users: so every open issue is measured again, most often where a threshold is near.
 */
export function measureAgainAt(
  incident: Incident,
  rules: Rules,
  now: number,
  doubted = incident.verdict.degraded,
): number | null {
  if (incident.status === 'resolved') return null
  // One that is held back is looked at until it may speak or has ended.
  if (incident.kind === 'source' || incident.quiet !== null) return now + CONDITION_EVERY_MS
  const { settings } = rules
  if (incident.kind === 'project')
    return now + (hasMeasuredCause(incident) ? CONDITION_EVERY_MS : durationMs(settings.watchActive))
  if (incident.kind === 'metric') return null
  const due = [watchDue(incident, rules, now), flowDue(incident, rules, now)]
  if (doubted && now - incident.lastSignalAt <= DOUBTED_MS) due.push(doubtDue(incident, rules, now))
  return Math.min(...due.filter(at => at !== null))
}

function hasMeasuredCause(incident: Incident): boolean {
  return Object.entries(incident.causes).some(
    ([cause, state]) => cause.startsWith('measured:') && state.clearedAt === null,
  )
}

function doubtDue(incident: Incident, { settings }: Rules, now: number): number {
  const waits = settings.remeasureAfter.map(durationMs)
  const due = waits[incident.remeasured]
  const before = waits[incident.remeasured - 1] ?? 0
  return now + (due === undefined ? Math.max(...waits) : Math.max(1_000, due - before))
}

function flowDue(incident: Incident, { settings }: Rules, now: number): number | null {
  const fresh = now - incident.lastSignalAt <= durationMs(settings.coreFlowFresh)
  return incident.coreFlow !== null && incident.severity !== 'P0' && fresh
    ? now + durationMs(settings.coreFlowEvery)
    : null
}

/** Where the budget is spent: near a threshold, then where events keep coming, least where it has been quiet for long. */
function watchDue(incident: Incident, { settings, severityRules }: Rules, now: number): number {
  if (nearThreshold(incident.severity, severityRules, measuredIn(incident))) return now + durationMs(settings.watchNear)
  const events = incident.impact.production?.events?.value ?? null
  const active = events === null ? now - incident.lastSignalAt <= HOUR_MS : events > 0
  if (active) return now + durationMs(settings.watchActive)
  const longQuiet = now - Math.max(incident.lastSignalAt, incident.openedAt) > DAY_MS
  return now + durationMs(settings.watchQuiet) * (longQuiet ? LONG_QUIET : 1)
}

/** The numbers of production as they were last measured. */
function measuredIn(incident: Incident): ReadField {
  const impact = incident.impact.production
  const numbers: Record<string, number | undefined> = {
    'users-per-hour': impact?.users?.value,
    'events-per-hour': impact?.users == null ? impact?.events?.value : undefined,
    'flow-users-5m': impact?.flowUsers?.value,
    'flow-events-5m': impact?.flowEvents?.value,
    'flow-anonymous-5m': impact?.flowAnonymous?.value,
  }
  return field => numbers[field]
}
