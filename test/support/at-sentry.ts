import { z } from 'zod'
import type { StandInWorld } from '../../src/sandbox/sentry-world.ts'

const told = z.object({
  action: z.string(),
  data: z.object({
    issue: z.object({ id: z.string(), substatus: z.string().nullish() }).optional(),
    event: z.object({ issue_id: z.string(), datetime: z.string() }).optional(),
  }),
})

const STATUS: Readonly<Record<string, string>> = {
  created: 'unresolved',
  unresolved: 'unresolved',
  resolved: 'resolved',
  ignored: 'ignored',
  archived: 'ignored',
}

/** What a webhook tells of an issue is so at Sentry: who asks there hears the same. */
export function isSoAtSentry(world: StandInWorld, resource: string, payload: unknown, now: number): void {
  const { data: body } = told.safeParse(payload)
  const { issue: about, event } = body?.data ?? {}
  const issue = world.issues[about?.id ?? event?.issue_id ?? '']
  if (issue === undefined) return
  if (resource === 'issue' && about !== undefined) {
    const status = STATUS[body?.action ?? '']
    if (status === undefined) return
    issue.status = status
    if (status === 'unresolved') {
      issue.substatus = about.substatus ?? 'ongoing'
      delete issue.lastSeen
    } else if (status === 'resolved') issue.lastSeen = now
    return
  }
  // An event after the resolve is a regression.
  if (event === undefined || issue.status !== 'resolved') return
  if (Date.parse(event.datetime) <= (issue.lastSeen ?? 0)) return
  issue.status = 'unresolved'
  issue.substatus = 'regressed'
  delete issue.lastSeen
}
