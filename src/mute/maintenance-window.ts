import { z } from 'zod'
import { conditionSchema } from '../classify/condition.ts'

/** A time that comes round, or comes once, in which what matches is expected: it is recorded and told to nobody. */
export const maintenanceWindowSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63'),
  name: z.string().min(1).max(120),
  /** null: everything but data loss. */
  when: conditionSchema.nullable(),
  reason: z.string().trim().min(1).max(2_000),
  /** Wall-clock time in `timeZone` of the first one, such as 2026-11-22T02:00. */
  starts: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/, 'a local date and time such as "2026-11-22T02:00"'),
  /** Hours are hours, also in a night of a clock change; P1D is until the same time of the next day. */
  duration: z
    .string()
    .regex(/^P(?!$)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/, 'an ISO 8601 duration such as "PT2H"'),
  /** IANA name, such as Europe/Berlin. */
  timeZone: z.string().min(1).max(60).default('UTC'),
  /** RFC 5545 without its DTSTART, such as FREQ=DAILY or FREQ=MONTHLY;BYDAY=1SU. null: once. */
  rrule: z.string().min(1).max(500).nullable().default(null),
  enabled: z.boolean().default(true),
})
export type MaintenanceWindow = z.infer<typeof maintenanceWindowSchema>
