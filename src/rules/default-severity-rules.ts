import type { Comparison, Condition } from '../classify/condition.ts'
import type { About } from '../classify/fields.ts'
import type { Severity } from '../classify/severity.ts'
import type { SeverityRule } from '../classify/severity-rule.ts'

/**
 * The severity table as it is shipped. Order is meaning: the first row that holds decides, a cap limits what follows.
 * Exactly on a threshold is the lower severity: "below 95 %", "more than 100", "more than 500".
 * Names are printed on pages and posts.
 */
export function defaultSeverityRules(): SeverityRule[] {
  return [...ABOUT_ISSUES, ...ABOUT_PROJECTS, ...ABOUT_METRICS, ...ABOUT_SOURCES]
}

const is = (field: string, op: Comparison['op'], value?: Comparison['value']): Condition =>
  value === undefined ? { field, op } : { field, op, value }

const row = (
  about: About,
  id: string,
  severity: Severity,
  name: string,
  when: Condition | null,
  until: Condition | null = null,
): SeverityRule => ({ id, name, about, effect: 'severity', severity, when, until, enabled: true })
const cap = (id: string, severity: Severity, name: string, when: Condition): SeverityRule => {
  return { id, name, about: 'issue', effect: 'cap', severity, when, until: null, enabled: true }
}

/** Sentry keeps every tag as text; what SDKs make of `true` differs. */
const YES = ['true', 'True', 'TRUE', '1', 'yes']

const UNHANDLED = is('handled', '=', false)
const ON_CORE_FLOW = is('core-flow', 'known')
const NEW_OR_BACK: Condition[] = [is('is-new', '=', true), is('regressed', '=', true), is('escalating', '=', true)]
const TWICE_ITS_BASELINE: Condition = {
  field: 'users-per-hour',
  op: '>=',
  than: { field: 'baseline-users', factor: 2 },
}
const USERS_UNKNOWN = is('users-per-hour', 'unknown')

/** Five users, or five events where there is no user to count: one who is signed in does not make the guests known. */
const SEVERAL_ON_FLOW: Condition = {
  any: [
    is('flow-users-5m', '>=', 5),
    { all: [is('flow-users-5m', 'unknown'), is('flow-events-5m', '>=', 5)] },
    is('flow-anonymous-5m', '>=', 5),
  ],
}

/** What rises above 100 is calm again at half of it: an issue that hovers at its threshold does not come and go. */
const FEW_USERS = is('users-per-hour', '<=', 50)
const FEW_EVENTS = is('events-per-hour', '<=', 50)
const NO_EVENTS = is('events-per-hour', '=', 0)

const ABOUT_ISSUES: readonly SeverityRule[] = [
  row('issue', 'only-outside-production', 'P3', 'Seen only outside production', is('in-production', '=', false)),
  row('issue', 'data-loss', 'P0', 'Data loss', is('tag.data_loss', 'in', YES)),
  row(
    'issue',
    'core-flow-failing',
    'P0',
    'Core flow fails for several users',
    { all: [ON_CORE_FLOW, UNHANDLED, SEVERAL_ON_FLOW] },
    NO_EVENTS,
  ),
  cap('cap-warning', 'P2', 'Level warning or below', is('level', '<=', 'warning')),
  cap('cap-workaround', 'P2', 'A workaround exists', is('workaround', '=', true)),
  row(
    'issue',
    'many-users',
    'P1',
    'More than 100 users in an hour, new or growing',
    { all: [is('users-per-hour', '>', 100), { any: [...NEW_OR_BACK, TWICE_ITS_BASELINE] }] },
    FEW_USERS,
  ),
  // A monitor has no users to count: a failure of it is at least P1.
  row('issue', 'uptime-failure', 'P1', 'Uptime monitor failed', is('category', '=', 'uptime')),
  row(
    'issue',
    'many-events',
    'P1',
    'More than 100 events in an hour, users unknown, new or growing',
    { all: [USERS_UNKNOWN, is('events-per-hour', '>', 100), { any: NEW_OR_BACK }] },
    FEW_EVENTS,
  ),
  row(
    'issue',
    'numbers-missing',
    'P1',
    'New and unhandled, numbers could not be had',
    // A count that could not be completed is a lower bound: it says nothing against this.
    { all: [is('degraded', '=', true), is('is-new', '=', true), UNHANDLED] },
    { all: [is('degraded', '=', false), { any: [FEW_USERS, NO_EVENTS] }] },
  ),
  row('issue', 'core-flow-unhandled', 'P2', 'Unhandled on a core flow', { all: [ON_CORE_FLOW, UNHANDLED] }, NO_EVENTS),
  // Before the 1-to-100 row, after which it could never hold; only with users known, because unknown is not zero.
  // With a threshold for falling too: what a floor chosen in Sentry holds up, or a policy lets fade, ends like any other.
  row(
    'issue',
    'cosmetic',
    'P3',
    'Cosmetic or informational, at most 100 users',
    { all: [is('users-per-hour', '<=', 100), { any: [is('tag.cosmetic', 'in', YES), is('level', '<=', 'info')] }] },
    NO_EVENTS,
  ),
  row('issue', 'nobody-affected', 'P3', 'Known to affect nobody', is('users-per-hour', '=', 0), NO_EVENTS),
  row('issue', 'some-users', 'P2', 'Users affected', is('users-per-hour', '>', 0), NO_EVENTS),
  row('issue', 'users-unknown', 'P2', 'Affected users unknown, and unknown is not zero', null, NO_EVENTS),
]

/** Fewer sessions than this say nothing: a single crash at night would page (getsentry/sentry#79082). */
const LEAST_SESSIONS = 200

/** Known to have stopped, a rolled-back release does not stay red for the rest of the hour. */
const CRASHES_GO_ON: Condition = { any: [is('crashing', '=', true), is('crashing', 'unknown')] }

/**
 * Falls below 95 %, is over from 96 % up: a rate that trembles around its threshold is one incident. The sample counts
 * on both sides: three healthy sessions at night end nothing. What crashes no more is over whatever the hour's rate says.
 */
const crashFreeAgain = (scope: 'production' | 'release'): Condition => ({
  any: [
    { all: [is(`crash-free.${scope}`, '>=', 96), is(`crash-free.${scope}.sessions`, '>=', LEAST_SESSIONS)] },
    is('crashing', '=', false),
  ],
})

const crashFreeBelow95 = (scope: 'production' | 'release'): Condition => ({
  all: [is(`crash-free.${scope}`, '<', 95), is(`crash-free.${scope}.sessions`, '>=', LEAST_SESSIONS), CRASHES_GO_ON],
})

/**
 * None of these holding means that nothing is breached. The alert rows stand last for the crash-free and spike alerts
 * whose value is milder than our own thresholds, or could not be read: Sentry's operators set them for a reason.
 * A crash-free *users* alert below 95 % counts like a sessions one: one user in twenty crashing is no smaller matter.
 */
const ABOUT_PROJECTS: readonly SeverityRule[] = [
  row(
    'project',
    'crash-free-alert',
    'P0',
    'Crash-free rate below 95 % (Sentry alert)',
    is('crash-free.alert', '<', 95),
    crashFreeAgain('production'),
  ),
  row(
    'project',
    'crash-free-production',
    'P0',
    'Crash-free sessions below 95 %',
    crashFreeBelow95('production'),
    crashFreeAgain('production'),
  ),
  row(
    'project',
    'crash-free-release',
    'P0',
    'Crash-free sessions of the newest release below 95 %',
    crashFreeBelow95('release'),
    crashFreeAgain('release'),
  ),
  row(
    'project',
    'unhandled-spike',
    'P0',
    'More than 500 unhandled exceptions in a minute',
    is('unhandled-per-minute', '>', 500),
    { any: [is('unhandled-per-minute', '<=', 250), is('crashing', '=', false)] },
  ),
  row(
    'project',
    'project-alert-critical',
    'P1',
    'Sentry project alert is critical',
    is('metric.status', '=', 'critical'),
  ),
  row('project', 'project-alert', 'P2', 'Sentry project alert', is('metric.status', 'in', ['warning', 'open'])),
]

const ABOUT_METRICS: readonly SeverityRule[] = [
  row('metric', 'metric-outside-production', 'P3', 'Metric alert outside production', is('in-production', '=', false)),
  row('metric', 'metric-critical', 'P1', 'Metric alert is critical', is('metric.status', '=', 'critical')),
  row('metric', 'metric-alert', 'P2', 'Metric alert', null),
]

const ABOUT_SOURCES: readonly SeverityRule[] = [
  row(
    'source',
    'webhooks-refused',
    'P1',
    'Webhooks of this source are refused in bursts',
    is('condition', 'prefix', 'webhooks-refused'),
  ),
  row(
    'source',
    'webhooks-silent',
    'P1',
    'New issues in Sentry, and no webhook tells of them',
    is('condition', '=', 'webhooks-silent'),
  ),
  row('source', 'token-refused', 'P1', 'Sentry refuses the API token', is('condition', '=', 'sentry-token-refused')),
  row(
    'source',
    'destination-failing',
    'P1',
    'A destination takes no messages',
    is('condition', 'prefix', 'destination-failing-'),
  ),
  row('source', 'source-trouble', 'P2', 'Trouble with the source itself', null),
]
