import type { Difference } from '../whatif/compare-afresh.ts'
import type { ReplaySummary } from '../whatif/replay.ts'
import { EXAMPLE_AT, exampleIncident } from './examples.ts'
import type { AnswerOfSimulate, ShownShadow } from './operations.ts'

/** The story of examples.ts, thought through under a draft. */
const exampleVerdict = { ...exampleIncident.verdict, possible: null }
export const exampleSimulated: AnswerOfSimulate = {
  against: 'draft tidy-up',
  at: EXAMPLE_AT,
  signal: {
    ...{ id: 'simulated-0f6b2f0e6f0e', resource: 'event_alert', action: 'triggered', intent: 'alert', kind: 'issue' },
    ...{ title: exampleIncident.title, project: 'web-shop' },
  },
  outcome: { outcome: 'opened', reason: exampleVerdict.reason, incident: exampleIncident.id },
  verdict: exampleVerdict,
  project: null,
  impact: null,
  incidents: [
    {
      ...{ incident: exampleIncident.id, kind: 'issue', title: exampleIncident.title, severity: 'P1', action: 'open' },
      reason: exampleVerdict.reason,
      routes: [{ route: 'everything-else', policy: 'page-now' }],
      heldBack: [],
      steps: [
        {
          at: EXAMPLE_AT,
          action: 'open',
          reason: exampleVerdict.reason,
          told: [
            {
              ...{
                destination: 'pagerduty-oncall',
                kind: 'pagerduty',
                pages: true,
                mention: null,
                what: 'open',
                step: 0,
              },
              reason: exampleVerdict.reason,
            },
          ],
        },
      ],
      goesOn: true,
      tried: [
        {
          ...{ route: 'everything-else', name: 'Everything else', policy: 'page-now', matches: true, taken: true },
          why: 'matches everything',
        },
      ],
      more: 0,
    },
  ],
  severityRules: [
    {
      ...{ about: 'issue', rule: 'many-users', name: 'More than 100 users in an hour', effect: 'severity' },
      ...{ severity: 'P1', holds: true, part: 'decided', why: '320 users in the last hour (counted here)' },
    },
  ],
}
export const exampleDifference: Difference = {
  at: EXAMPLE_AT,
  signal: 's-5be0a93c77d2',
  title: exampleIncident.title,
  project: 'web-shop',
  what: ['severity', 'route', 'targets'],
  before: { severity: 'P1', rule: 'many-users', projectSeverity: null, routes: ['p1'], told: ['pagerduty-oncall'] },
  after: { severity: 'P2', rule: 'some-users', projectSeverity: null, routes: ['p2'], told: ['slack-incidents'] },
}
const exampleCounted = { before: 12, after: 9, gained: 1, lost: 4 }
export const exampleReplay: ReplaySummary = {
  ...{ against: 'draft tidy-up', since: EXAMPLE_AT - 604_800_000, until: EXAMPLE_AT, signals: 23_118, unreadable: 0 },
  ...{ pages: exampleCounted, posts: { before: 80, after: 83, gained: 3, lost: 0 } },
  severities: { changed: 5, moves: [{ from: 'P1', to: 'P2', count: 5 }] },
  routes: { changed: 5 },
  byDestination: [{ destination: 'pagerduty-oncall', ...exampleCounted }],
  byPerson: [{ person: 'Marta Lindqvist', before: 2, after: 0, gained: 0, lost: 2 }],
  byRule: [{ rule: 'many-users', before: 12, after: 7 }],
  byRoute: [{ route: 'p1', before: 12, after: 9 }],
  differences: 5,
}
export const exampleShadow: ShownShadow = {
  ...{ name: 'draft tidy-up', author: 'Ada Moreau (admin)', startedAt: EXAMPLE_AT, until: EXAMPLE_AT + 172_800_000 },
  running: true,
  counts: { signals: 120, different: 1, failed: 0, severity: 1, rule: 0, route: 1, targets: 1 },
  differences: [exampleDifference],
}
