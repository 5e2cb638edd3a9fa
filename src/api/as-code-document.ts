import { z } from 'zod'
import { destinationSchema } from '../deliver/destination.ts'
import { SECRET_SCHEMAS } from '../deliver/destination-secret.ts'
import type { InputProblem } from '../errors.ts'
import { isObject, toPointer } from '../rules/problem-list.ts'
import { rulesDocumentSchema } from '../rules/rules-document.ts'
import { sourceSchema, sourceSecretSchema } from '../sentry/source.ts'
import { managedBySchema } from './managed.ts'

/** Everything that is configuration, as one document. Silences, keys and incidents are doings, and not in it. */

export const API_VERSION = 'tocsin/v1'

const [pagerduty, slack, backlog] = destinationSchema.options
const keptSchema = z.literal('kept')
const shown = {
  managedBy: managedBySchema.optional(),
  secret: keptSchema.optional().describe('There is one, and it stays; it is never told'),
}

export const exportedSchema = z.object({
  apiVersion: z.literal(API_VERSION),
  rules: rulesDocumentSchema,
  destinations: z.array(
    z.discriminatedUnion('kind', [
      z.object({ ...pagerduty.shape, ...shown }),
      z.object({ ...slack.shape, ...shown }),
      z.object({ ...backlog.shape, ...shown }),
    ]),
  ),
  sources: z.array(z.object({ ...sourceSchema.shape, ...shown })),
})
export type Exported = z.infer<typeof exportedSchema>

/** A secret by the name of an environment variable, whose value the command line puts in before it is applied. */
const fromEnvSchema = z.strictObject({
  fromEnv: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'the name of an environment variable'),
})

const BY_REFERENCE = 'must be "kept", or an object with each secret as { fromEnv: NAME }'
const secretIn = z.union([keptSchema, z.record(z.string(), z.unknown())], { error: BY_REFERENCE }).optional()
const taken = { managedBy: managedBySchema.optional(), secret: secretIn }

/** What is read of a file; the rules are checked by their own checker. */
export const importedSchema = z.strictObject({
  apiVersion: z.literal(API_VERSION, { error: `must be "${API_VERSION}"` }),
  rules: z.unknown().optional(),
  destinations: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ ...pagerduty.shape, ...taken }),
        z.strictObject({ ...slack.shape, ...taken }),
        z.strictObject({ ...backlog.shape, ...taken }),
      ]),
    )
    .max(1_000)
    .optional(),
  sources: z
    .array(z.strictObject({ ...sourceSchema.shape, ...taken }))
    .max(500)
    .optional(),
})
export type Imported = z.infer<typeof importedSchema>

const secretText = z.union([z.string(), fromEnvSchema]).meta({ writeOnly: true })
const documentedSecret = z
  .union([keptSchema, z.record(z.string(), z.union([secretText, z.array(secretText), z.null()]))])
  .optional()
  .meta({ writeOnly: true, description: 'Absent or "kept": as it is' })

/** The same for openapi.yaml, with the rules spelled out. */
export const documentedImportSchema = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  rules: rulesDocumentSchema.optional().describe('Absent: left as they are'),
  destinations: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ ...pagerduty.shape, ...taken, secret: documentedSecret }),
        z.strictObject({ ...slack.shape, ...taken, secret: documentedSecret }),
        z.strictObject({ ...backlog.shape, ...taken, secret: documentedSecret }),
      ]),
    )
    .optional()
    .describe('Absent: left as they are'),
  sources: z.array(z.strictObject({ ...sourceSchema.shape, ...taken, secret: documentedSecret })).optional(),
})

type Kind = keyof typeof SECRET_SCHEMAS | 'source'

/** What a file says of a secret: by member, with values or by reference; null: kept. */
export type SecretGiven = Record<string, unknown> | null

export function secretGiven(secret: 'kept' | Record<string, unknown> | undefined): SecretGiven {
  return secret === undefined || secret === 'kept' ? null : secret
}

/** Pointers, within the secret, of what is given by reference only. */
export function references(secret: SecretGiven): string[] {
  return Object.entries(secret ?? {}).flatMap(([name, value]) => {
    if (isReference(value)) return [toPointer([name])]
    if (!Array.isArray(value)) return []
    return value.flatMap((one, at) => (isReference(one) ? [toPointer([name, at])] : []))
  })
}

/** What is wrong with the form of a secret. References count as right: nobody here knows what they stand for. */
export function secretFormProblems(kind: Kind, secret: SecretGiven): InputProblem[] {
  if (secret === null) return []
  const schema: z.ZodObject = kind === 'source' ? sourceSecretSchema.partial() : SECRET_SCHEMAS[kind]
  const byReference = new Set(references(secret))
  const issues = schema.safeParse(secret).error?.issues ?? []
  return issues
    .map(issue => ({ pointer: toPointer(issue.path.map(String)), message: inWords(issue, Object.keys(schema.shape)) }))
    .filter(({ pointer }) => !byReference.has(pointer))
    .map(({ pointer, message }) => ({ path: `/secret${pointer}`, message }))
}

function inWords(issue: z.core.$ZodIssue, names: readonly string[]): string {
  if (issue.code !== 'unrecognized_keys') return issue.message
  const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
  return `"${issue.keys.join('", "')}" is no secret of this kind: ${known}`
}

function isReference(value: unknown): boolean {
  return isObject(value) && fromEnvSchema.safeParse(value).success
}
