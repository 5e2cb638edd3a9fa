import type { Notification } from '../../src/deliver/notification.ts'
import { alertNow, numbers } from './one-issue.ts'
import { until } from './until.ts'
import type { World } from './world.ts'

/** One incident whose escalation tests follow, on a Redis of the world's own. */

interface PolicyDraft {
  id: string
  steps: { after: string; within?: string; targets: object[] }[]
  [field: string]: unknown
}

/** Edits one policy over REST; throws when it is refused. */
export async function editPolicy(world: World, id: string, edit: (policy: PolicyDraft) => void): Promise<void> {
  const { headers, body } = await world.api('GET', '/rules')
  edit(body.document.policies.find((policy: PolicyDraft) => policy.id === id))
  const put = await world.api('PUT', '/rules', body.document, { 'if-match': headers.get('etag') ?? '' })
  if (put.status !== 200) throw new Error(JSON.stringify(put.body))
}

/** Opens a P0 (data was lost) and waits until it is paged: its id. */
export async function openP0(world: World): Promise<string> {
  numbers(world, 40)
  const opened = await world.tell('event_alert', alertNow(world, { tags: { data_loss: 'true' } }))
  await until(() => world.pagerduty.alerts.length === 1)
  return opened.incident ?? ''
}

/** Opens a P2 (40 users) and waits until it is posted: its id. */
export async function openP2(world: World): Promise<string> {
  numbers(world, 40)
  const opened = await world.tell('event_alert', alertNow(world))
  await until(() => world.slack.messages('alerts-production').length === 1)
  return opened.incident ?? ''
}

/** Winds, and waits until nothing that is owed for the incident has still to leave. */
export async function windAndSettle(world: World, incident: string, ms: number): Promise<void> {
  await world.wind(ms)
  await until(async () => (await world.notifications(incident)).every(({ status }) => status !== 'owed'))
}

/** Later steps that were told, `step destination`, oldest first. */
export async function stepsTold(world: World, incident: string): Promise<string[]> {
  const all: Notification[] = await world.notifications(incident)
  return all
    .filter(({ kind }) => kind === 'step')
    .sort((a, b) => a.seq - b.seq)
    .map(({ step, destination }) => `${step} ${destination}`)
}
