import { z } from 'zod'
import { fitsGlob } from './glob.ts'

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

/** What a core flow is recognised by: a signal's facts, or the newest event of an issue. */
export interface FlowTraits {
  project: string | null
  transaction: string | null
  culprit: string | null
  tags: Readonly<Record<string, string>>
}

/** The id of the first core flow that these traits belong to, in the order of the rules; null: none. */
export function matchCoreFlow(traits: FlowTraits, flows: readonly CoreFlow[]): string | null {
  return flows.find(flow => belongsTo(traits, flow))?.id ?? null
}

function belongsTo(traits: FlowTraits, flow: CoreFlow): boolean {
  const path = traits.transaction ?? traits.culprit
  if (path !== null && flow.transactions.some(pattern => fitsGlob(path, pattern))) return true
  if (traits.project !== null && flow.projects.includes(traits.project)) return true
  return flow.tags.some(tag => hasTag(traits.tags, tag))
}

/** `key:value`, the value as a glob: tag values are free text, and Sentry's tag keys hold no colon. */
function hasTag(tags: Readonly<Record<string, string>>, tag: string): boolean {
  const colon = tag.indexOf(':')
  const key = tag.slice(0, colon)
  const value = Object.hasOwn(tags, key) ? tags[key] : undefined
  return value !== undefined && fitsGlob(value, tag.slice(colon + 1))
}
