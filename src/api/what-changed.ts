import { type InputProblem, TocsinError } from '../errors.ts'
import { diffRules } from '../rules/diff-rules.ts'
import type { RevisionHead } from '../rules/rules-store.ts'
import { sayChange } from '../rules/say-diff.ts'
import type { Operations } from './operations.ts'

/** What somebody can take in who only wanted to save. */
const MOST = 20
/** So many revisions are told one by one, each change with its author; of more, what came of all together. */
const ONE_BY_ONE = 5

/**
 * Runs `work`; when it is refused because the rules are not at `expected` any more, the refusal says what changed
 * between: by whom, why, and which rows.
 */
export async function tellingWhatChanged<T>(
  operations: Pick<Operations, 'rules'>,
  expected: number | null,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TocsinError) || error.code !== 'STALE_ETAG' || expected === null) throw error
    const problems = await whatChanged(operations, expected)
    throw new TocsinError('STALE_ETAG', error.message, { problems })
  }
}

/** What the revisions after that one changed, the newest last; empty where there is no such revision. Bounded. */
export async function whatChanged({ rules }: Pick<Operations, 'rules'>, since: number): Promise<InputProblem[]> {
  const [base, current] = await Promise.all([rules.revision(since), rules.current()])
  if (base === null || current.number <= since) return []
  const behind = current.number - since
  const numbers = Array.from(
    { length: Math.min(behind, ONE_BY_ONE) },
    (_, index) => current.number - index,
  ).toReversed()
  const newest = (await Promise.all(numbers.map(number => rules.revision(number)))).filter(found => found !== null)
  const told: InputProblem[] = []
  if (behind > ONE_BY_ONE) {
    told.push(...newest.map(head => ({ path: `/rules/revisions/${head.number}`, message: `${by(head)}` })))
    const changes = diffRules(base.document, current.document)
    told.push(...changes.map(change => ({ path: change.path, message: `since ${since}: ${sayChange(change)}` })))
  } else {
    let before = base.document
    for (const revision of newest) {
      const changes = diffRules(before, revision.document)
      told.push(...changes.map(change => ({ path: change.path, message: `${by(revision)}: ${sayChange(change)}` })))
      before = revision.document
    }
  }
  if (told.length <= MOST) return told
  const path = `/rules/revisions/${since}/diff/${current.number}`
  return [...told.slice(0, MOST), { path, message: `and ${told.length - MOST} changes more: GET this address` }]
}

function by({ number, author, message }: RevisionHead): string {
  return `revision ${number} by ${author}, "${message}"`
}
