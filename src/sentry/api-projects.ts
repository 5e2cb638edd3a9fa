import { z } from 'zod'
import type { ListedProject } from '../measure/survey.ts'
import { nextCursor } from './api-paging.ts'
import type { Params } from './api-query.ts'
import { sections, text } from './payload-fields.ts'

/** What there is in an organization: its projects (`/projects/`) and environments (`/environments/`). */

export function projectsParams(cursor: string | null): Params {
  return [['per_page', '100'], ...(cursor === null ? [] : [['cursor', cursor] as [string, string]])]
}

const list = z.array(z.unknown())
const projectsShape = sections({ id: text, slug: text })
const environmentsShape = sections({ name: text })

/** null: no list. */
export function readProjects(
  body: unknown,
  headers: Headers,
): { projects: ListedProject[]; next: string | null } | null {
  if (!list.safeParse(body).success) return null
  const projects = projectsShape
    .parse(body)
    .flatMap(({ id, slug }) => (id === null || slug === null ? [] : [{ id, slug }]))
  return { projects, next: nextCursor(headers) }
}

/** Names; null: no list. */
export function readEnvironments(body: unknown): string[] | null {
  if (!list.safeParse(body).success) return null
  return environmentsShape.parse(body).flatMap(({ name }) => (name === null ? [] : [name]))
}
