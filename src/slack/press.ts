import { z } from 'zod'
import { actSchema } from '../incidents/act.ts'

/** What somebody decided in Slack, as the door stores it: read from a verified request, not yet acted on. */
export const pressSchema = z.object({
  version: z.literal(1),
  /** Names the pressing: Slack tells it again after a time-out, and it counts once. */
  id: z.string(),
  incident: z.string(),
  /** The destination under whose post it was pressed. */
  destination: z.string(),
  act: actSchema,
  user: z.object({ id: z.string(), name: z.string() }),
  /** For `assign`: the Slack user it is given to. */
  assignee: z.string().nullable(),
  /** Slack's response_url: whoever has it may answer as us for half an hour, hence a name that is masked. */
  replySecret: z.string().nullable(),
})
export type Press = z.infer<typeof pressSchema>
