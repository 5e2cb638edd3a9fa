import { z } from 'zod'
import { TocsinError } from '../errors.ts'
import { summary } from './endpoint.ts'
import { inputProblems } from './input-problems.ts'
import { mergePatch } from './merge-patch.ts'

/** A JSON Merge Patch (RFC 7396) of something that is an object: whatever else would replace it whole. */
export const mergePatchSchema = z
  .record(z.string(), z.unknown(), 'an object with the members to change: {"name": "Another name"}')
  .describe(
    'A JSON Merge Patch (RFC 7396): members replace those there are, null takes one away, lists are replaced whole',
  )

/**
 * What the patch makes of `current`, checked as if it were sent whole. `secret` is no part of what is there: it is taken
 * as it comes, so that a null in it is a value. Throws INVALID_INPUT with paths.
 */
export function patched<S extends z.ZodType>(schema: S, current: object, patch: Record<string, unknown>): z.output<S> {
  const { secret, ...members } = patch
  const whole = { ...(mergePatch(current, members) as object), ...(secret === undefined ? {} : { secret }) }
  const result = schema.safeParse(whole)
  if (result.success) return result.data
  const problems = inputProblems(schema, whole, result.error)
  throw new TocsinError('INVALID_INPUT', summary(problems), { problems })
}
