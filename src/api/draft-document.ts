import { TocsinError } from '../errors.ts'
import { isObject, type RawObject } from '../rules/problem-list.ts'
import { rulesDocumentSchema } from '../rules/rules-document.ts'

/** Deeper than any document that could be published: reading it must not cost a stack. */
const DEEPEST = 40

/**
 * A document as a draft keeps it: it may have mistakes, which `validate` names. Where it has the right form, what was
 * left out is filled in, so that a comparison shows what somebody wrote. Throws INVALID_INPUT for what is no object.
 */
export function draftDocument(input: unknown, path: string): RawObject {
  const message = !isObject(input)
    ? 'must be a rules document: an object with severityRules, policies and routes'
    : depthOf(input) > DEEPEST
      ? `is nested more than ${DEEPEST} deep`
      : null
  if (message !== null || !isObject(input)) {
    const problems = [{ path, message: message ?? '' }]
    throw new TocsinError('INVALID_INPUT', `${path} ${message}`, { problems })
  }
  const parsed = rulesDocumentSchema.safeParse(input)
  return parsed.success ? parsed.data : input
}

/** Without recursion, because that is what it guards. */
export function depthOf(input: unknown): number {
  let level: unknown[] = [input]
  for (let depth = 0; ; depth += 1) {
    level = level.filter(one => typeof one === 'object' && one !== null).flatMap(one => Object.values(one as object))
    if (level.length === 0 || depth > DEEPEST) return depth
  }
}
