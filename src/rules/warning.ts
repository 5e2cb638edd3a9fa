/** What does not keep rules from being published, and yet is probably not what somebody wanted. */
export interface Warning {
  /** Stays the same when words change. */
  code: WarningCode
  /** JSON pointer into the document, or `/destinations/<id>` of what lies beside it. */
  path: string
  message: string
  /** What to do. */
  suggestion: string
  /** Of rows that are at odds with each other: their ids, the one at `path` first. */
  rows?: string[]
}

export const WARNING_CODES = [
  'route-unreachable',
  'route-never-matches',
  'route-asks-unknown',
  'routes-overlap',
  'severity-without-page',
  'p0-without-page',
  'p0-without-second-step',
  'destination-test-failed',
  'destination-never-tested',
  'destination-unused',
  'policy-unused',
  'rule-disabled',
  'unknown-project',
  'more',
] as const
export type WarningCode = (typeof WARNING_CODES)[number]

/** What the rules' surroundings are, as far as a warning needs them. */
export interface Surroundings {
  destinations: readonly {
    id: string
    kind: 'pagerduty' | 'slack' | 'backlog' | 'sentry'
    fallback: string | null
  }[]
  /** The last test notification of each destination that had one. */
  tests: ReadonlyMap<string, { status: 'taken' | 'waiting' | 'failed'; at: number; error: string | null }>
  /** Slugs of the projects that are known, at least of those that the document names; absent: none is. */
  projects?: readonly string[]
}
