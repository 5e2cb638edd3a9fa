import { z } from 'zod'
import { type Params, productionQuery, projectParams } from './api-query.ts'

/** Numbers over time (`/events-timeseries/`). */

/** Five minutes more than a spike is looked for in: the newest ones may not be whole yet. */
const MINUTES = 15

export function unhandledSeriesParams(question: { project: string; production: readonly string[] }): Params {
  return [
    ['dataset', 'errors'],
    ['yAxis', 'count()'],
    ['interval', '1m'],
    ['query', `error.unhandled:true ${productionQuery(question.production)}`],
    ['statsPeriod', `${MINUTES}m`],
    ...projectParams(question.project),
  ]
}

const seriesShape = z.object({
  timeSeries: z.array(z.object({ values: z.array(z.object({ timestamp: z.number(), value: z.number().nullable() })) })),
})

/** Seconds above this would be in the year 5138: such a timestamp is in milliseconds, as the endpoint sends them. */
const MAX_SECONDS = 1e11

/** Oldest first, `minute` being where the interval begins, in ms. null: not of that shape. No series: nothing was counted. */
export function readSeries(body: unknown): { minute: number; count: number }[] | null {
  const parsed = seriesShape.safeParse(body)
  if (!parsed.success) return null
  const values = parsed.data.timeSeries[0]?.values ?? []
  return values
    .map(({ timestamp, value }) => ({
      minute: timestamp > MAX_SECONDS ? timestamp : timestamp * 1000,
      count: value ?? 0,
    }))
    .sort((a, b) => a.minute - b.minute)
}
