import type { Test } from 'tap'
import type { StandInIssue } from '../../src/sandbox/sentry-world.ts'
import type { StandInWrite } from '../../src/sandbox/sentry-writes.ts'
import { alertNow, ISSUE, numbers } from './one-issue.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

/** Whatever REST answered. */
type Body = Awaited<ReturnType<World['api']>>['body']

/** A world with one open incident that Slack was told of, and people who decide about it over REST. */
export async function openIncident(
  t: Test,
): Promise<{ world: World; id: string; act(name: string, body?: object): Promise<Body> }> {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 200)
  const { incident } = await world.tell('event_alert', alertNow(world))
  const id = incident ?? ''
  await until(() => world.slack.posts.length > 0)
  const act = async (name: string, body?: object) => (await world.api('POST', `/incidents/${id}/${name}`, body)).body
  return { world, id, act }
}

/** The issue as Sentry has it. */
export const issueOf = (world: World): StandInIssue | undefined => world.sentry.world.issues[ISSUE]

/** What was changed there, comments aside. */
export const updatesOf = (world: World): StandInWrite[] => world.sentry.writes.filter(({ body }) => !('text' in body))
