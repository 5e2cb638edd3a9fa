import type { Caller } from '../access/caller.ts'
import { TocsinError } from '../errors.ts'
import type { Revision, RulesDocument } from '../rules/rules-document.ts'
import { rulesDocumentSchema } from '../rules/rules-document.ts'
import { summary } from './endpoint.ts'
import type { Operations } from './operations.ts'

/** Without If-Match an addition is made again on top of what came in between. */
const ATTEMPTS = 4

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

/** Checks the document and publishes it as the next revision. Throws INVALID_INPUT with paths, STALE_ETAG. */
export async function publish(
  operations: Operations,
  by: { author: string },
  document: unknown,
  expected: number,
  message: string,
): Promise<Revision> {
  const problems = await operations.rules.validate(document)
  if (problems.length > 0) throw new TocsinError('INVALID_INPUT', summary(problems), { problems })
  return operations.rules.publish(rulesDocumentSchema.parse(document), expected, by.author, message)
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
  for (let attempt = 1; ; attempt++) {
    const current = await operations.rules.current()
    requireCurrent(current, expected)
    try {
      return await publish(operations, by, edit(current.document), current.number, message)
    } catch (error) {
      const overtaken = error instanceof TocsinError && error.code === 'STALE_ETAG'
      if (!overtaken || expected !== null || attempt >= ATTEMPTS) throw error
    }
  }
}
