import { z } from 'zod'
import { issueDetails } from './sentry-issues.ts'
import { projectOf, type StandInIssue, type StandInWorld } from './sentry-world.ts'

/** What the stand-in makes of a change, as Sentry does (sentry-api-schema, openapi-derefed.json; issues/update_inbox.py). */

/** One change of one issue that was taken. */
export interface StandInWrite {
  at: number
  issue: string
  /** As it was sent. */
  body: Record<string, unknown>
  /** Actions of the webhooks that tell of it. */
  actions: string[]
}

export type WriteAnswer =
  | { refused: number; body: object }
  | { taken: Pick<StandInWrite, 'issue' | 'actions'>; status: number; body: object }

const WINDOW_MOST = 10_080
const HOUR_MS = 3_600_000

const updateShape = z.strictObject({
  status: z.enum(['resolved', 'unresolved', 'ignored']).optional(),
  substatus: z
    .enum(['archived_until_escalating', 'archived_until_condition_met', 'archived_forever', 'ongoing'])
    .optional(),
  statusDetails: z
    .strictObject({ inNextRelease: z.literal(true).optional(), inRelease: z.string().optional() })
    .optional(),
  ignoreDuration: z.number().int().min(1).optional(),
  ignoreCount: z.number().int().min(1).optional(),
  ignoreWindow: z.number().int().min(1).max(WINDOW_MOST).optional(),
  ignoreUserCount: z.number().int().min(1).optional(),
  ignoreUserWindow: z.number().int().min(1).max(WINDOW_MOST).optional(),
  assignedTo: z.string().optional(),
})
type Update = z.infer<typeof updateShape>

const commentShape = z.object({ text: z.string().min(1) })

const refuse = (status: number, body: object): WriteAnswer => ({ refused: status, body })
const detail = (status: number, text: string) => refuse(status, { detail: text })

/** The world is as it was unless the change is taken. `now`: by Sentry's clock, ms. */
export function answerWrite(
  world: StandInWorld,
  method: string,
  path: string,
  sent: unknown,
  now: number,
): WriteAnswer {
  // The real one would change every issue that matches: nothing of ours may ever ask that.
  if (/^issues\/?$/.test(path)) return detail(400, 'The bulk form is not for Tocsin: it changes everything.')
  const [, id = '', rest] = /^issues\/([^/]+)\/(.*)$/.exec(path) ?? []
  const issue = world.issues[id]
  if (issue === undefined) return detail(404, 'The requested resource does not exist')
  if (method === 'PUT' && rest === '') return update(world, id, issue, sent, now)
  if (method === 'POST' && (rest === 'comments/' || rest === 'notes/')) return comment(id, issue, sent, now)
  return detail(405, `Method "${method}" not allowed.`)
}

function update(world: StandInWorld, id: string, issue: StandInIssue, sent: unknown, now: number): WriteAnswer {
  const read = updateShape.safeParse(sent)
  if (!read.success) {
    const { fieldErrors, formErrors } = z.flattenError(read.error)
    return refuse(400, formErrors.length > 0 ? { detail: formErrors.join(' ') } : fieldErrors)
  }
  const { status, statusDetails = {}, assignedTo } = read.data
  const project = world.projects[projectOf(issue)]
  if (statusDetails.inRelease !== undefined && statusDetails.inRelease !== 'latest') {
    if (project !== undefined && !project.releases.includes(statusDetails.inRelease))
      return refuse(400, { statusDetails: { inRelease: ['Unable to find a release with the given version.'] } })
  }
  const actions: string[] = []
  if (status !== undefined) {
    if ((issue.status ?? 'unresolved') !== status) actions.push(status)
    issue.status = status
    issue.substatus = status === 'resolved' ? null : (read.data.substatus ?? 'ongoing')
    issue.statusDetails = status === 'ignored' ? ignoring(read.data, now) : { ...statusDetails }
    if (status === 'resolved') issue.lastSeen = Math.min(issue.lastSeen ?? now, now)
  }
  if (assignedTo !== undefined) {
    const [, type, who = ''] = /^(user|team):(.+)$/.exec(assignedTo) ?? [null, 'user', assignedTo]
    issue.assignedTo =
      assignedTo === '' ? null : { type: type === 'team' ? 'team' : 'user', id: who, name: `${type} ${who}` }
    actions.push('assigned')
  }
  return { taken: { issue: id, actions }, status: 200, body: issueDetails(world, id, issue, now) }
}

function ignoring(update: Update, now: number): Record<string, unknown> {
  const { ignoreDuration, ignoreCount, ignoreWindow, ignoreUserCount, ignoreUserWindow } = update
  return {
    ...(ignoreDuration === undefined ? {} : { ignoreUntil: new Date(now + ignoreDuration * 60_000).toISOString() }),
    ...(ignoreCount === undefined ? {} : { ignoreCount }),
    ...(ignoreWindow === undefined ? {} : { ignoreWindow }),
    ...(ignoreUserCount === undefined ? {} : { ignoreUserCount }),
    ...(ignoreUserWindow === undefined ? {} : { ignoreUserWindow }),
  }
}

/** The same words of the same author within an hour are refused (Sentry's source: issues/endpoints/group_notes.py). */
function comment(id: string, issue: StandInIssue, sent: unknown, now: number): WriteAnswer {
  const read = commentShape.safeParse(sent)
  if (!read.success) return refuse(400, { text: ['This field may not be blank.'] })
  const { text } = read.data
  const known = issue.comments ?? []
  if (known.some(one => one.text === text && now - one.at < HOUR_MS))
    return detail(400, 'You have already posted that comment.')
  const note = { id: String(known.length + 1), text, at: now }
  issue.comments = [...known, note]
  const body = { id: note.id, type: 'note', data: { text }, dateCreated: new Date(now).toISOString() }
  return { taken: { issue: id, actions: [] }, status: 201, body }
}
