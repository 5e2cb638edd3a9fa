import type { ListedIssue } from '../../src/measure/survey.ts'
import type { Found } from '../../src/pipeline/find-missed.ts'
import { MINUTE, START } from './make.ts'

/** Issue 42 of project `shop` as a list shows it: new, unresolved, its last event a minute before `START`. */
export function makeListed(change: Partial<ListedIssue> = {}): ListedIssue {
  return {
    issue: '42',
    shortId: 'SHOP-42',
    title: 'TypeError: x is undefined',
    culprit: null,
    level: 'error',
    errorClass: 'TypeError',
    status: 'unresolved',
    substatus: 'new',
    project: 'shop',
    projectId: '2',
    category: 'error',
    firstSeen: START - 30 * MINUTE,
    lastSeen: START - MINUTE,
    isUnhandled: true,
    assignee: null,
    resolvedInRelease: null,
    link: null,
    users: 3,
    events: 9,
    ...change,
  }
}

/** The same, read at `START`. */
export function makeFound(change: Partial<ListedIssue> = {}, about: Partial<Omit<Found, 'issue'>> = {}): Found {
  return { issue: makeListed(change), inProduction: true, asOf: START, ...about }
}
