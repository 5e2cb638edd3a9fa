import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import type { RulesDocument } from '../rules/rules-document.ts'
import { WARNING_CODES, type Warning } from '../rules/warning.ts'
import type { Operations } from './operations.ts'

export const warningSchema = z.object({
  code: z.enum(WARNING_CODES),
  path: z.string().describe('JSON pointer into the document; /destinations/… of what lies beside it'),
  message: z.string(),
  suggestion: z.string().describe('What to do'),
})

export const refuseWarnings = z
  .enum(['true', 'new', 'false'])
  .default('false')
  .describe('true: refuse what has any warning; new: what has one that the rules in force do not have')
export type RefuseWarnings = z.infer<typeof refuseWarnings>

export const exampleWarning = {
  code: 'p0-without-second-step' as const,
  path: '/policies/0',
  message:
    'P0 incidents take policy "page-now" (route "payments"), and it tells once and never again: a page that is overlooked stays so',
  suggestion: 'add a second step that tells somebody else, or a "repeat"',
}

/** The document's warnings. Throws INVALID_INPUT with them where the caller wants them refused. */
export async function warningsOf(
  { rules }: Pick<Operations, 'rules'>,
  document: RulesDocument,
  refuse: RefuseWarnings,
): Promise<Warning[]> {
  const warnings = await rules.warnings(document)
  if (refuse === 'false') return warnings
  const known = new Set(refuse === 'new' ? (await rules.warnings((await rules.current()).document)).map(said) : [])
  const refused = warnings.filter(one => !known.has(said(one)))
  if (refused.length === 0) return warnings
  throw new TocsinError('INVALID_INPUT', `it has ${refused.length} warnings, and you asked to refuse these`, {
    problems: refused.map(({ path, message, suggestion }) => ({ path, message: `${message}: ${suggestion}` })),
  })
}

/** Places shift when rows do; what is said of them does not. */
function said({ code, message }: Warning): string {
  return `${code} ${message}`
}
