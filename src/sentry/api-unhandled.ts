import { z } from 'zod'
import { type Params, productionQuery, statsPeriod } from './api-query.ts'
import { toText } from './payload-fields.ts'

/** Unhandled error events of every project at once (`/events/`, dataset errors). */

export function unhandledParams(question: { production: readonly string[]; minutes: number }): Params {
  return [
    ['dataset', 'errors'],
    ['field', 'project'],
    ['field', 'count()'],
    ['query', `error.unhandled:true ${productionQuery(question.production)}`],
    ['statsPeriod', statsPeriod(question.minutes * 60)],
    ['sort', '-count()'],
    // The most of a page: a project beyond has the fewest events of all.
    ['per_page', '100'],
  ]
}

const tableShape = z.object({ data: z.array(z.object({ project: z.unknown(), 'count()': z.number().nullable() })) })

/** null: not of that shape. */
export function readUnhandled(body: unknown): { project: string; events: number }[] | null {
  const rows = tableShape.safeParse(body).data?.data
  if (rows === undefined) return null
  return rows.flatMap(row => {
    const project = toText(row.project)
    const events = row['count()'] ?? 0
    return project === null || events <= 0 ? [] : [{ project, events }]
  })
}
