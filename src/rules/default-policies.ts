import type { Severity } from '../classify/severity.ts'
import type { Policy, Route, Step, Target } from '../route/escalation-table.ts'

/** Which destinations exist at the first start, beside the backlog, which always does. */
export interface ExistingDestinations {
  pagerduty: boolean
  slack: boolean
}

const page: Target = { destination: 'pagerduty-oncall', mention: null }
const alerts: Target = { destination: 'slack-alerts-production', mention: null }
const backlog: Target = { destination: 'backlog', mention: null }
const incidents = (mention: string | null): Target => ({ destination: 'slack-incidents', mention })

const atOnce = (...targets: Target[]): Step => ({ after: 'PT0S', within: 'always', targets })
const after = (delay: string, ...targets: Target[]): Step => ({ after: delay, within: 'always', targets })

/**
 * What each severity asks for, with what there is to tell. A second step never repeats a PagerDuty destination (a
 * re-trigger of the same alert wakes nobody), so with PagerDuty alone there is none for P0 and P1.
 */
const STEPS: Record<'both' | 'pagerduty' | 'slack' | 'none', Record<Severity, Step[]>> = {
  both: {
    P0: [atOnce(page), after('PT15M', incidents('here'))],
    P1: [atOnce(incidents('team-lead')), after('PT1H', page)],
    P2: [atOnce(alerts), after('P1D', incidents(null))],
    P3: [atOnce(backlog), after('P14D', alerts)],
  },
  slack: {
    P0: [atOnce(incidents('here')), after('PT15M', incidents('channel'))],
    P1: [atOnce(incidents('team-lead')), after('PT1H', incidents('here'))],
    P2: [atOnce(alerts), after('P1D', incidents(null))],
    P3: [atOnce(backlog), after('P14D', alerts)],
  },
  pagerduty: {
    P0: [atOnce(page)],
    P1: [atOnce(page)],
    P2: [atOnce(backlog), after('P1D', page)],
    P3: [atOnce(backlog)],
  },
  none: { P0: [atOnce(backlog)], P1: [atOnce(backlog)], P2: [atOnce(backlog)], P3: [atOnce(backlog)] },
}

const NAMES: Record<Severity, { name: string; responseTime: string }> = {
  P0: { name: 'P0: answered within 15 minutes', responseTime: 'PT15M' },
  P1: { name: 'P1: answered within an hour', responseTime: 'PT1H' },
  P2: { name: 'P2: the same business day', responseTime: 'PT8H' },
  P3: { name: 'P3: next sprint', responseTime: 'P14D' },
}

/**
 * A critical incident is closed by a person. One that nobody is hurt by any more ends by itself, and says so; a backlog
 * entry waits for its sprint however quiet it is.
 */
const WHEN_CALM: Record<Severity, Policy['whenCalm']> = {
  P0: null,
  P1: { after: 'PT4H', tell: 'everything' },
  P2: { after: 'P1D', tell: 'everything' },
  P3: null,
}

/** A critical incident that nobody answers is told again until somebody does. */
const REPEAT: Record<Severity, Policy['repeat']> = {
  P0: { times: null, after: 'PT30M', within: 'always' },
  P1: null,
  P2: null,
  P3: null,
}

const SEVERITIES = ['P0', 'P1', 'P2', 'P3'] as const
const idOf = (severity: Severity): string => severity.toLowerCase()

/** One policy per severity. */
export function defaultPolicies({ pagerduty, slack }: ExistingDestinations): Policy[] {
  const steps = STEPS[pagerduty ? (slack ? 'both' : 'pagerduty') : slack ? 'slack' : 'none']
  return SEVERITIES.map(severity => ({
    id: idOf(severity),
    ...NAMES[severity],
    steps: steps[severity],
    repeat: steps[severity].some(step => step.targets.some(target => target !== backlog)) ? REPEAT[severity] : null,
    // Whose business hours they are and how long an answer holds is the team's to say.
    hours: null,
    staleAfter: null,
    whenCalm: WHEN_CALM[severity],
  }))
}

/** One route per severity, and a catch-all, so that whatever is inserted above, nothing goes untold. */
export function defaultRoutes(): Route[] {
  const bySeverity = SEVERITIES.map(severity => ({
    id: idOf(severity),
    name: `Every ${severity}`,
    when: { field: 'severity', op: '=' as const, value: severity },
    policy: idOf(severity),
    continue: false,
    during: null,
  }))
  return [
    ...bySeverity,
    { id: 'catch-all', name: 'Anything else', when: null, policy: idOf('P2'), continue: false, during: null },
  ]
}
