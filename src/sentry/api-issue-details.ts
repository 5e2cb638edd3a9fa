import { z } from 'zod'
import type { IssueDetails } from '../measure/impact-source.ts'
import { maskText } from '../signals/mask.ts'
import type { Params } from './api-query.ts'
import { toPerson } from './parse-person.ts'
import { boolean, link, section, sections, text, time } from './payload-fields.ts'

/** Who an issue is (`/issues/{id}/`), without its heavy parts. Its counts are global, so they are not read. */
export const ISSUE_DETAILS_PARAMS: Params = [
  ['collapse', 'stats'],
  ['collapse', 'tags'],
  ['expand', 'owners'],
]

const detailsShape = z.object({
  id: text,
  title: text,
  level: text,
  status: text,
  substatus: text,
  isUnhandled: boolean,
  firstSeen: time,
  lastSeen: time,
  permalink: link,
  project: section({ slug: text, id: text }),
  assignedTo: section({ type: text, id: text, name: text }),
  /** `owner` is `team:12` or `user:3`; `type` says why (Sentry's source: api/serializers/models/group.py). */
  owners: sections({ type: text, owner: text }),
})

/** null: no issue. */
export function readIssueDetails(body: unknown): IssueDetails | null {
  const issue = detailsShape.safeParse(body).data
  if (issue === undefined || issue.id === null) return null
  const { status, substatus, level, firstSeen, lastSeen, isUnhandled, permalink } = issue
  return {
    firstSeen,
    lastSeen,
    status,
    substatus,
    level,
    isUnhandled,
    project: issue.project?.slug ?? issue.project?.id ?? null,
    title: issue.title === null ? null : maskText(issue.title),
    assignee: assignee(issue.assignedTo),
    suggestedOwner: suggestedOwner(issue.owners),
    permalink,
    environments: null,
  }
}

function assignee(assignedTo: Parameters<typeof toPerson>[0]): IssueDetails['assignee'] {
  const person = toPerson(assignedTo)
  if (person?.id == null || (person.type !== 'user' && person.type !== 'team')) return null
  return { type: person.type, id: person.id, name: person.name }
}

/** Ownership rules before whoever touched the code last. */
function suggestedOwner(
  owners: readonly { type: string | null; owner: string | null }[],
): IssueDetails['suggestedOwner'] {
  const best = owners.find(one => one.type !== 'suspectCommit') ?? owners[0]
  const [, type, id] = /^(user|team):(.+)$/.exec(best?.owner ?? '') ?? []
  if (best?.owner == null || id === undefined) return null
  return { type: type === 'team' ? 'team' : 'user', id, name: best.owner }
}
