import { costOfRegex, LONGEST_PATTERN } from '../classify/regex.ts'
import type { Path, ProblemList } from './problem-list.ts'

/** What the expressions and patterns of one document may take in sum: a hostile one must not stall pages. */
const MOST = {
  /** Characters of expressions: a hundred for each of ten thousand routes. Measured: 2 s to read so many. */
  expressions: 1_000_000,
  /** Of patterns, in RE2's measure: twenty each for five thousand rows. Measured: 2 s at worst. */
  patterns: 100_000,
}
type Kind = keyof typeof MOST

const WORDS: Record<Kind, string> = {
  expressions: `the expressions of one document are longer than ${MOST.expressions} characters together: shorten them, or write plain matchers`,
  patterns: 'the patterns of one document are too large together: use "prefix", "glob" or "in" where they do',
}

const spent = new WeakMap<ProblemList, Record<Kind, number>>()

/** May that pattern still be read? A problem is added once, when the document asks for too much. */
export function affordsPattern(pattern: string, path: Path, problems: ProblemList): boolean {
  return affords('patterns', () => (pattern.length > LONGEST_PATTERN ? 0 : costOfRegex(pattern)), path, problems)
}

/** The same of an expression. */
export function affordsExpression(cel: string, path: Path, problems: ProblemList): boolean {
  return affords('expressions', () => cel.length, path, problems)
}

function affords(kind: Kind, cost: () => number, path: Path, problems: ProblemList): boolean {
  const sums = spent.get(problems) ?? { expressions: 0, patterns: 0 }
  spent.set(problems, sums)
  // Said already.
  if (sums[kind] > MOST[kind]) return false
  sums[kind] += cost()
  if (sums[kind] <= MOST[kind]) return true
  problems.add(path, WORDS[kind])
  return false
}
