import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import { occurrencesOf } from '../mute/occurrences.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { EXAMPLE_AT, exampleIncident, exampleInhibition, exampleMaintenance } from './examples.ts'
import type { Operations } from './operations.ts'
import { listQuery, pageSchema } from './paging.ts'
import { positionOf } from './row-edits.ts'
import { idParams } from './rule-rows.ts'
import { hiddenIncidentSchema } from './silences.ts'

const DEFAULT_AHEAD_MS = 30 * 86_400_000
const HOUR_MS = 3_600_000

const occurrenceSchema = z.object({ startsAt: z.number(), endsAt: z.number() })
const hiddenSchema = z.object({
  count: z.number().int().describe('So many incidents were kept quiet by it so far'),
  incidents: z.array(hiddenIncidentSchema).describe('The newest 100 of them'),
})

const exampleHidden = {
  count: 1,
  incidents: [
    {
      ...{ incident: exampleIncident.id, at: EXAMPLE_AT, title: exampleIncident.title },
      ...{ severity: 'P1' as const, status: 'triggered' as const, project: 'web-shop' },
    },
  ],
}

/** The cursor is the beginning of the last one told. */
function placeOf(cursor: string): number {
  if (/^t-?\d{1,16}$/.test(cursor)) return Number(cursor.slice(1))
  throw new TocsinError('INVALID_CURSOR', 'the cursor is not one that this list gave: start again without it')
}

/** What one has kept quiet is told also after it was removed; one that never was is not there. Throws NOT_FOUND. */
async function hiddenBy(operations: Operations, kind: 'maintenance' | 'inhibition', id: string) {
  const hidden = await operations.silences.hidden(kind, id)
  if (hidden.count > 0) return hidden
  const { maintenance, inhibitions } = (await operations.rules.current()).document
  if (kind === 'maintenance') positionOf(maintenance, id, 'maintenance window')
  else positionOf(inhibitions, id, 'inhibition')
  return hidden
}

/** What maintenance windows and inhibitions do beside being rows of the rules. */
export const muteEndpoints: Endpoint[] = [
  endpoint({
    id: 'listMaintenanceOccurrences',
    method: 'GET',
    path: '/maintenance/:id/occurrences',
    tag: 'maintenance',
    summary: 'The next times of a maintenance window, the one that lasts now first',
    params: idParams,
    query: listQuery(['startsAt'], {
      until: z.iso
        .datetime({ offset: true, error: 'a time as in RFC 3339, such as 2026-12-05T00:00:00Z' })
        .transform(time => Date.parse(time))
        .optional()
        .describe('Those that begin before it (RFC 3339; write + as %2B); absent: of the next 30 days'),
    }),
    body: NO_BODY,
    response: pageSchema(occurrenceSchema),
    errors: ['NOT_FOUND', 'INVALID_CURSOR'],
    example: {
      params: { id: exampleMaintenance.id },
      response: { items: [{ startsAt: EXAMPLE_AT, endsAt: EXAMPLE_AT + 1.5 * HOUR_MS }], next: null },
    },
    async handle({ operations, params, query }) {
      const { maintenance } = (await operations.rules.current()).document
      const window = maintenance[positionOf(maintenance, params.id, 'maintenance window')]
      const now = operations.silences.now()
      const end = query.until ?? now + DEFAULT_AHEAD_MS
      const told = query.cursor === undefined ? Number.NEGATIVE_INFINITY : placeOf(query.cursor)
      const items: z.infer<typeof occurrenceSchema>[] = []
      if (window === undefined) return { body: { items, next: null } }
      for (const { from, until } of occurrencesOf(window, now)) {
        if (from >= end) break
        if (from <= told) continue
        if (items.length === query.limit) return { body: { items, next: `t${items.at(-1)?.startsAt}` } }
        items.push({ startsAt: from, endsAt: until })
      }
      return { body: { items, next: null } }
    },
  }),
  endpoint({
    id: 'getMaintenanceHidden',
    method: 'GET',
    path: '/maintenance/:id/hidden',
    tag: 'maintenance',
    summary: 'What a maintenance window has kept quiet',
    params: idParams,
    query: NOTHING,
    body: NO_BODY,
    response: hiddenSchema,
    errors: ['NOT_FOUND'],
    example: { params: { id: exampleMaintenance.id }, response: exampleHidden },
    async handle({ operations, params }) {
      return { body: await hiddenBy(operations, 'maintenance', params.id) }
    },
  }),
  endpoint({
    id: 'getInhibitionHidden',
    method: 'GET',
    path: '/inhibitions/:id/hidden',
    tag: 'inhibitions',
    summary: 'What an inhibition has held back',
    params: idParams,
    query: NOTHING,
    body: NO_BODY,
    response: hiddenSchema,
    errors: ['NOT_FOUND'],
    example: { params: { id: exampleInhibition.id }, response: exampleHidden },
    async handle({ operations, params }) {
      return { body: await hiddenBy(operations, 'inhibition', params.id) }
    },
  }),
]
