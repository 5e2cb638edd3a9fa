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
  rows: z
    .array(z.string())
    .optional()
    .describe('Of rows that are at odds with each other: their ids, the one at `path` first'),
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
  const refused = refuse === 'new' ? await newWarnings({ rules }, (await rules.current()).document, document) : warnings
  if (refused.length === 0) return warnings
  throw new TocsinError('INVALID_INPUT', `it has ${refused.length} warnings, and you asked to refuse these`, {
    problems: refused
      .slice(0, MOST_REFUSED)
      .map(({ path, message, suggestion }) => ({ path, message: `${message}: ${suggestion}` })),
  })
}

/** What a change of the rules made that is probably not meant: nothing that was so before. */
export async function newWarnings(
  { rules }: Pick<Operations, 'rules'>,
  before: RulesDocument,
  after: RulesDocument,
): Promise<Warning[]> {
  const [known, now] = await Promise.all([before, after].map(one => rules.warnings(one, undefined, true)))
  return added(known ?? [], now ?? [])
}

/** Longer headers are cut off, or refused, by what stands between. */
const LONGEST_HEADER = 4_000

/** Warnings as a header: JSON in ASCII, as many as there is room for. */
export function warningHeader(warnings: readonly Warning[]): string {
  for (let count = warnings.length; ; count -= 1) {
    const left = warnings.length - count
    const more = { code: 'more', path: '', message: `${left} more`, suggestion: 'GET /api/v1/rules/warnings' }
    const told = warnings.slice(0, count).map(({ rows: _, ...one }) => one)
    const text = JSON.stringify(left === 0 ? told : [...told, more])
    const ascii = text.replaceAll(/[^\x20-\x7e]/g, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
    if (ascii.length <= LONGEST_HEADER || count === 0) return ascii
  }
}

/** How many are left out is no warning of its own. */
function added(known: readonly Warning[], now: readonly Warning[]): Warning[] {
  const before = new Set(known.flatMap(said))
  return now.filter(one => one.code !== 'more' && said(one).some(text => !before.has(text)))
}

const MOST_REFUSED = 100

/** Places shift when rows do; what is said of them does not, nor which row is at odds with which. */
function said({ code, message, rows }: Warning): string[] {
  const [own, ...others] = rows ?? []
  return own === undefined ? [`${code} ${message}`] : others.map(other => `${code} ${own} ${other}`)
}
