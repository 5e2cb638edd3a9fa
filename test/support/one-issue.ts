import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { issuePayload, issueWebhook } from '../../src/sandbox/samples/issue-payload.ts'
import type { World } from './world.ts'

/** One issue of the web shop, as behaviour tests tell its life. */
export const ISSUE = '7400000001'
export const MINUTE = 60_000

/** What Sentry says of it from now on. */
export function numbers(world: World, users: number): void {
  world.sentry.world.issues[ISSUE] = {
    users,
    events: users * 2,
    project: 'web-shop',
    firstSeen: world.clock.now() - 10 * MINUTE,
    substatus: 'new',
  }
}

/** An event alert about it, happening now. */
export function alertNow(world: World, about: Partial<Parameters<typeof eventPayload>[0]> = {}): object {
  return eventAlert(eventPayload({ now: world.clock.now(), issue: ISSUE, project: 'web-shop', ...about }), 'Errors')
}

/** `issue.<action>` about it, now. */
export function lifecycle(
  world: World,
  action: string,
  about: Partial<Parameters<typeof issuePayload>[0]> = {},
): object {
  return issueWebhook(action, issuePayload({ now: world.clock.now(), issue: ISSUE, project: 'web-shop', ...about }))
}
