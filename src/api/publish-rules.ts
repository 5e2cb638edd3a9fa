import type { Caller } from '../access/caller.ts'
import { TocsinError } from '../errors.ts'
import type { Revision, RulesDocument } from '../rules/rules-document.ts'
import type { Warning } from '../rules/warning.ts'
import { summary } from './endpoint.ts'
import type { Operations } from './operations.ts'
import { type RefuseWarnings, warningsOf } from './warning-answer.ts'
import { tellingWhatChanged } from './what-changed.ts'

/** Without If-Match an addition is made again on top of what came in between: more often than editors are likely to be. */
const ATTEMPTS = 12

/** Who the history names: the key, and the person it was used for. */
export function authorOf({ caller, actor }: { caller: Caller; actor: string | null }): { author: string } {
  return { author: actor === null ? caller.name : `${actor} (${caller.name})` }
}

/** The number If-Match names. Throws STALE_ETAG for what cannot be a revision. */
export function revisionNumber(expected: string): number {
  const number = Number(expected)
  if (Number.isSafeInteger(number)) return number
  throw new TocsinError(
    'STALE_ETAG',
    `"${expected}" is no ETag of the rules: read them again and send the ETag they came with`,
  )
}

/** Refuses early what has changed since it was read; `publish` compares again, atomically. */
export function requireCurrent(current: Revision, expected: string | null): void {
  if (expected === null || revisionNumber(expected) === current.number) return
  throw new TocsinError(
    'STALE_ETAG',
    `the rules are at revision ${current.number}, your change was made to ${expected}: read them again, then repeat it`,
  )
}

/** Checks the document and publishes it as the next revision. Throws INVALID_INPUT with paths, STALE_ETAG with what changed. */
export async function publish(
  operations: Operations,
  by: { author: string },
  document: unknown,
  expected: number,
  message: string,
): Promise<Revision> {
  return (await publishWarned(operations, by, document, expected, message, null)).revision
}

/**
 * As publish, with the document's warnings; those that are refused throw INVALID_INPUT, and nothing is published.
 * `refuse` null: nobody asks for them, and none are looked for.
 */
export async function publishWarned(
  operations: Operations,
  by: { author: string },
  document: unknown,
  expected: number,
  message: string,
  refuse: RefuseWarnings | null,
): Promise<{ revision: Revision; warnings: Warning[] }> {
  const checked = await operations.rules.validate(document)
  if ('problems' in checked) {
    const { problems } = checked
    throw new TocsinError('INVALID_INPUT', summary(problems), { problems })
  }
  const parsed = checked.document
  const warnings = refuse === null ? [] : await warningsOf(operations, parsed, refuse)
  const revision = await tellingWhatChanged(operations, expected, () =>
    operations.rules.publish(parsed, expected, by.author, message),
  )
  return { revision, warnings }
}

/** What a change made: the revision before, the one it made, and what may be wrong with that. */
export interface Changed {
  before: Revision
  revision: Revision
  warnings: Warning[]
}

/**
 * Makes the next revision from the current one. With `expected` it must be the current one; without, a revision that
 * came in between is built upon.
 */
export async function change(
  operations: Operations,
  by: { author: string },
  expected: string | null,
  message: string,
  edit: (document: RulesDocument) => unknown,
): Promise<Revision> {
  return (await changeWarned(operations, by, expected, message, edit, null)).revision
}

/** As change, with what was before and the warnings. */
export async function changeWarned(
  operations: Operations,
  by: { author: string },
  expected: string | null,
  message: string,
  edit: (document: RulesDocument) => unknown,
  refuse: RefuseWarnings | null,
): Promise<Changed> {
  for (let attempt = 1; ; attempt++) {
    const before = await operations.rules.current()
    const named = expected === null ? null : revisionNumber(expected)
    await tellingWhatChanged(operations, named, async () => requireCurrent(before, expected))
    try {
      const document = edit(before.document)
      return { before, ...(await publishWarned(operations, by, document, before.number, message, refuse)) }
    } catch (error) {
      const overtaken = error instanceof TocsinError && error.code === 'STALE_ETAG'
      if (!overtaken || expected !== null || attempt >= ATTEMPTS) throw error
    }
  }
}
