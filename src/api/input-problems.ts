import { z } from 'zod'
import type { InputProblem } from '../errors.ts'
import { toPointer } from '../rules/problem-list.ts'
import { didYouMean } from '../suggest.ts'

/** JSON pointer, RFC 6901. */
function jsonPointer(path: readonly PropertyKey[]): string {
  return toPointer(path.map(step => (typeof step === 'symbol' ? String(step) : step)))
}

/**
 * What zod found wrong, for people: a JSON pointer and what to do, with a suggestion for mistyped names. Values are
 * never quoted, they may be secrets.
 */
export function inputProblems(schema: z.ZodType, input: unknown, error: z.ZodError): InputProblem[] {
  return error.issues.flatMap(issue => {
    if (issue.code === 'unrecognized_keys') {
      const known = fieldsAt(schema, issue.path)
      return issue.keys.map(key => ({
        path: jsonPointer([...issue.path, key]),
        message: `is an unknown field.${didYouMean(key, known) || ' Leave it out.'}`,
      }))
    }
    const path = jsonPointer(issue.path)
    if (issue.code === 'invalid_type' && valueAt(input, issue.path) === undefined) {
      return [{ path, message: `is required (${issue.expected})` }]
    }
    return [{ path, message: issue.message }]
  })
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, step)
  }
  return value
}

/** Names of the fields that the schema knows at `path`; of a union, those of all its options. */
function fieldsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const [step, ...rest] = path
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return fieldsAt(schema.unwrap(), path)
  }
  if (schema instanceof z.ZodUnion || schema instanceof z.ZodDiscriminatedUnion) {
    return [...new Set(schema.options.flatMap(option => fieldsAt(option, path)))]
  }
  if (schema instanceof z.ZodArray) return step === undefined ? [] : fieldsAt(schema.element, rest)
  if (!(schema instanceof z.ZodObject)) return []
  const shape: Record<string, z.core.$ZodType> = schema.shape
  if (step === undefined) return Object.keys(shape)
  const inner = shape[String(step)]
  return inner === undefined ? [] : fieldsAt(inner, rest)
}
