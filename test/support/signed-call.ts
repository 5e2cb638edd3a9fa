import { createHmac } from 'node:crypto'
import type { Door } from '../../src/api/doors.ts'
import { signBody } from '../../src/sentry/signature.ts'
import { signSlackBody } from '../../src/slack/signature.ts'
import { PAGERDUTY_SECRET } from './example-world.ts'
import { SIGNING } from './in-slack.ts'
import { SECRETS, type World } from './world.ts'

/** What a door is sent, signed as whoever it belongs to signs. */
export function signed(door: Door, body: string, at: number): Record<string, string> {
  if (door.path.startsWith('/webhooks/slack')) {
    const { timestamp, signature } = signSlackBody(body, SIGNING, at)
    return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature }
  }
  if (door.path.startsWith('/webhooks/pagerduty')) {
    return { 'x-pagerduty-signature': `v1=${createHmac('sha256', PAGERDUTY_SECRET).update(body).digest('hex')}` }
  }
  const signature = signBody(body, SECRETS.client)
  return { 'sentry-hook-signature': signature, 'sentry-app-signature': signature, 'sentry-hook-resource': 'issue' }
}

/** The example of a door. */
export async function signedCall(
  world: World & { ours(text: string): string },
  door: Door,
): Promise<{ status: number; type: string; text: string; path: string }> {
  const isForm = door.contentType?.includes('form') ?? false
  const example = door.body === null ? '' : world.ours(JSON.stringify(door.body))
  const body = isForm ? new URLSearchParams(JSON.parse(example)).toString() : example
  const path = door.path.replace(':source', 'default')
  const response = await fetch(`${world.url()}${path}`, {
    method: door.method,
    headers: {
      ...(door.method === 'GET' ? {} : { 'content-type': door.contentType ?? 'application/json' }),
      ...signed(door, body, world.clock.now()),
    },
    ...(door.method === 'GET' ? {} : { body }),
  })
  const type = response.headers.get('content-type') ?? ''
  return { status: response.status, type, text: await response.text(), path }
}
