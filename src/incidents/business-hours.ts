import { z } from 'zod'

/** When a team is at work: what a wait counts that counts business hours only. */

/** ISO order: the first is day 1 of a week. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const time = (last: string) => z.string().regex(new RegExp(`^(([01]\\d|2[0-3]):[0-5]\\d${last})$`), 'as "09:00"')

export const businessHoursSchema = z.strictObject({
  /** IANA name, e.g. Europe/Berlin. */
  timeZone: z.string().min(1).max(64),
  days: z.array(z.enum(WEEKDAYS)).min(1).max(7),
  /** Wall clock of that zone; `to` is the first minute that counts no more. */
  from: time(''),
  to: time('|24:00'),
  /** Dates of that zone on which nobody works. */
  holidays: z
    .array(z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date as "2026-12-25"'))
    .max(500)
    .default([]),
})
export type BusinessHours = z.infer<typeof businessHoursSchema>

/** What a wait counts: every minute, or those of the policy's business hours. */
export const withinSchema = z.enum(['always', 'business-hours'])
