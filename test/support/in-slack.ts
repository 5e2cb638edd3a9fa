import { createSlackPerson, type SlackPerson } from '../../src/sandbox/slack-person.ts'
import type { StandInPost, StandInWindow } from '../../src/sandbox/slack-stand-in.ts'
import { alertNow, numbers } from './one-issue.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

export const SIGNING = 'a-signing-secret-of-the-tests-01'

/** A world whose Slack can answer, with an incident that was posted to #incidents and paged. */
export interface SlackWorld {
  world: World
  anna: SlackPerson
  incident: string
  post(): StandInPost
  /** Presses what opens a window, and waits for it. */
  openWindow(actionId: string, option?: string): Promise<StandInWindow>
  /** What was said in the thread of the post so far. */
  thread(): string[]
  /** What only Anna was told. */
  told(): string[]
}

export async function startInSlack(): Promise<SlackWorld> {
  const world = await startWorld({ env: { SLACK_SIGNING_SECRET: SIGNING } })
  numbers(world, 320)
  const opened = await world.tell('event_alert', alertNow(world))
  await until(() => world.slack.messages('incidents').length === 1)
  await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } }))
  await until(() => world.pagerduty.openAlerts().length === 1)
  await until(() => JSON.stringify(post(world).blocks).includes('P0 critical'))
  const anna = personIn(world, { id: 'U0ANNA', name: 'anna' })
  return {
    world,
    anna,
    incident: opened.incident ?? '',
    post: () => post(world),
    async openWindow(actionId, option) {
      const before = world.slack.windows.length
      const { status } = await anna.press(post(world), actionId, option === undefined ? {} : { option })
      if (status !== 200) throw new Error(`the door answered ${status}`)
      await until(() => world.slack.windows.length > before)
      return world.slack.windows.at(-1) as StandInWindow
    },
    thread: () => world.slack.replies.map(reply => reply.text),
    told: () => world.slack.answers.map(({ body }) => String(body.text)),
  }
}

export function personIn(world: World, user: { id: string; name: string }): SlackPerson {
  return createSlackPerson({ slack: world.slack, url: world.url, signingSecret: SIGNING, clock: world.clock, user })
}

function post(world: World): StandInPost {
  const found = world.slack.messages('incidents').at(-1)
  if (found === undefined) throw new Error('nothing was posted to #incidents')
  return found
}
