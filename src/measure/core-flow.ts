import { z } from 'zod'

/** A path through the product that must not break: payments, sign-in. Matched by transaction, tag or project. */
export const coreFlowSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63'),
  /** Case-insensitive globs (`*` any run of characters) against the transaction, or the culprit where there is none. */
  transactions: z.array(z.string().min(1)).default([]),
  /** `key:value` tags; `core_flow:payments` is one. */
  tags: z.array(z.string().regex(/^[^:]+:.+$/, '"key:value"')).default([]),
  projects: z.array(z.string().min(1)).default([]),
})
export type CoreFlow = z.infer<typeof coreFlowSchema>
