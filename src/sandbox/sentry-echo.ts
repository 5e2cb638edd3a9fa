import { signBody } from '../sentry/signature.ts'
import { issuePayload, issueWebhook } from './samples/issue-payload.ts'
import { serialize } from './samples/serialize.ts'
import { projectOf, type StandInIssue } from './sentry-world.ts'
import type { StandInWrite } from './sentry-writes.ts'

/** Where a stand-in sends webhooks about what was written to it. */
export interface StandInEcho {
  /** The whole address of the door. */
  url: string
  clientSecret: string
  /** Uuid of the app that wrote: the actor. */
  app: string
}

const ANSWER_WITHIN_MS = 5_000

/**
 * Tells the door of every change that it made, as Sentry does of what an integration did: with its app as the actor
 * (Sentry's source: sentry_apps/api/serializers/app_platform_event.py). What the door answers is not looked at.
 */
export async function echoOf(to: StandInEcho, write: StandInWrite, issue: StandInIssue, now: number): Promise<void> {
  const status = issue.status === 'resolved' || issue.status === 'ignored' ? issue.status : 'unresolved'
  const { substatus = null, statusDetails = {}, assignedTo = null } = issue
  const about = issuePayload({
    ...{ now, issue: write.issue, project: projectOf(issue), status, substatus, statusDetails, assignedTo },
  })
  for (const action of write.actions) {
    const extra = action === 'assigned' ? { assignee: assignedTo } : {}
    const actor = { type: 'application' as const, id: to.app, name: 'Tocsin' }
    const body = serialize(issueWebhook(action, about, actor, extra))
    const headers = {
      'content-type': 'application/json',
      'sentry-hook-resource': 'issue',
      'sentry-hook-timestamp': String(Math.floor(now / 1000)),
      'sentry-hook-signature': signBody(body, to.clientSecret),
    }
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const sent = await fetch(to.url, { method: 'POST', headers, body, signal }).catch(() => null)
    await sent?.body?.cancel()
  }
}
