import type { WindowCounts } from '../../src/measure/window-event.ts'
import { START } from './make.ts'

/** What our windows say about an issue nobody has seen, of a project without an error feed. */
export function makeCounts(change: Partial<WindowCounts> = {}): WindowCounts {
  return {
    at: START,
    environment: null,
    users: 0,
    usersExact: true,
    events: 0,
    productionEvents: change.events ?? 0,
    flowUsers: 0,
    flowEvents: 0,
    flowAnonymous: 0,
    unhandledThisMinute: 0,
    unhandledWorstMinute: 0,
    unhandledLast10Minutes: 0,
    duplicate: false,
    tooOld: false,
    feedLive: false,
    feedSince: null,
    ...change,
  }
}

/** Every error event of the last day came to us. */
export const LIVE_FEED = { feedLive: true, feedSince: START - 24 * 3_600_000 }
