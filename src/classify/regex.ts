import { RE2JS } from 're2js'
import { keepLast } from './keep-last.ts'

/** Regular expressions of operators, by RE2: its time grows with the text, never exponentially, whatever the pattern. */

export const LONGEST_PATTERN = 500
/** RE2's measure of a pattern's cost. Measured: 1,000 takes up to 0.1 s for a text of 4,000 characters, 500 a third of it. */
const LARGEST_PROGRAM = 500
/** Of letters and signs by their class, `\\pL`: each takes a table of its own. Measured: a hundred in one pattern, 23 ms and 2 MB. */
const MOST_CLASSES = 5
/** Programs: what two documents may hold. */
const KEPT = 200_000

type Compiled = { pattern: RE2JS } | { refused: string }

const compiled = keepLast(KEPT, compile, costOf)

function compile(pattern: string): Compiled {
  if (pattern.length > LONGEST_PATTERN) return { refused: `a pattern longer than ${LONGEST_PATTERN} characters` }
  if ((pattern.match(/\\p/gi)?.length ?? 0) > MOST_CLASSES)
    return { refused: `a pattern with more than ${MOST_CLASSES} classes such as \\pL: repeat one, as in "\\pL{1,20}"` }
  try {
    const made = RE2JS.compile(pattern)
    if (made.programSize() > LARGEST_PROGRAM)
      return { refused: 'too large a pattern: repeat less, as in "{1,20}" instead of "{1,1000}"' }
    return { pattern: made }
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'unreadable'
    return { refused: `no regular expression that RE2 reads (${why}); it has no look-around and no back-references` }
  }
}

function costOf(found: Compiled): number {
  return 'pattern' in found ? found.pattern.programSize() : LARGEST_PROGRAM
}

/** RE2's measure of what it costs; a refused one as much as the largest. */
export function costOfRegex(pattern: string): number {
  return costOf(compiled(pattern))
}

/** Is that pattern found anywhere in the text (`^` and `$` bind it, `(?i)` ignores case)? null: it is none. Never throws. */
export function fitsRegex(text: string, pattern: string): boolean | null {
  const found = compiled(pattern)
  return 'pattern' in found ? found.pattern.test(text) : null
}

/** Why a pattern cannot be used, and what to write instead; null: it can. */
export function whyRegexIsRefused(pattern: string): string | null {
  const found = compiled(pattern)
  return 'refused' in found ? found.refused : null
}
