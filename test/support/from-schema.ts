import fc from 'fast-check'

export type Schema = { [keyword: string]: unknown }
type Make = (schema: unknown) => fc.Arbitrary<unknown>

/** Conditions hold conditions, without end: from here down they hold comparisons. */
const DEEPEST = { maxDepth: 4, depthIdentifier: 'schema' } as const

const INSTANT = fc
  .date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map(at => at.toISOString())

/**
 * Values that keep to a JSON schema as openapi.yaml writes them (2020-12, what zod makes of ours), given all that it may
 * refer to. What cannot be told from the schema alone, such as a name that must exist, is left to chance.
 */
export function fromSchemas(definitions: Record<string, Schema>): (schema: Schema) => fc.Arbitrary<unknown> {
  const making = (named: (name: string) => fc.Arbitrary<unknown>): Make => {
    const make: Make = schema => fromSchema((schema ?? {}) as Schema, make, named)
    return make
  }
  const all = fc.letrec<Record<string, unknown>>(tie => {
    const make = making(tie)
    return Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, make(schema)]))
  })
  return making(name => all[name] ?? fc.constant(null))
}

function fromSchema(schema: Schema, make: Make, named: (name: string) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const { $ref, type, properties, format, pattern } = schema
  if (typeof $ref === 'string') return named($ref.split('/').at(-1) ?? '')
  if ('const' in schema) return fc.constant(schema.const)
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum)
  const branches = schema.anyOf ?? schema.oneOf
  // The plainest comes first: where it is too deep, that one is taken.
  if (Array.isArray(branches)) return fc.oneof(DEEPEST, ...plainestFirst(branches as Schema[]).map(make))
  if (Array.isArray(schema.allOf)) {
    return fc.tuple(...schema.allOf.map(make)).map(parts => Object.assign({}, ...(parts as object[])))
  }
  if (Array.isArray(type)) return fc.oneof(...type.map(one => make({ ...schema, type: one })))
  if (type === 'object' || properties !== undefined) return objectOf(schema, make)
  if (type === 'array') {
    const { minItems: minLength = 0, maxItems = 4 } = schema as { minItems?: number; maxItems?: number }
    const maxLength = Math.max(minLength, Math.min(4, maxItems))
    return fc.array(make(schema.items), { minLength, maxLength, depthIdentifier: 'schema' })
  }
  if (type === 'integer' || type === 'number') return numberOf(schema, type)
  if (type === 'boolean') return fc.boolean()
  if (type === 'null') return fc.constant(null)
  if (type !== 'string') return fc.jsonValue({ maxDepth: 2 })
  if (format === 'date-time') return INSTANT
  return typeof pattern === 'string' ? matching(pattern) : textOf(schema)
}

function plainestFirst(branches: Schema[]): Schema[] {
  const weight = (one: Schema) => (/"(all|any|not|none)"/.test(JSON.stringify(one)) ? 1 : 0)
  return branches.toSorted((a, b) => weight(a) - weight(b))
}

function objectOf(schema: Schema, make: Make): fc.Arbitrary<unknown> {
  const properties = (schema.properties ?? {}) as Record<string, Schema>
  const required = (schema.required ?? []) as string[]
  const names = Object.keys(properties)
  const model = Object.fromEntries(names.map(name => [name, make(properties[name])]))
  const members = fc.record(model, { requiredKeys: names.filter(name => required.includes(name)) })
  const rest = schema.additionalProperties
  if (typeof rest !== 'object' || rest === null) return members
  const more = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/), make(rest), { maxKeys: 3 })
  return fc.tuple(more, members).map(([extra, own]) => ({ ...extra, ...own }))
}

function numberOf(schema: Schema, type: 'integer' | 'number'): fc.Arbitrary<number> {
  const { minimum, maximum, exclusiveMinimum } = schema as Record<string, number | undefined>
  const [min, max] = [
    Math.max(minimum ?? exclusiveMinimum ?? -1_000, -1_000_000),
    Math.min(maximum ?? 1_000_000, 1_000_000),
  ]
  if (type === 'integer') return fc.integer({ min, max: Math.max(min, max) })
  return fc.double({ min, max: Math.max(min, max), noNaN: true })
}

function matching(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern, 'u'))
  } catch {
    // Look-arounds and the like cannot be turned round; durations are what has them here.
    return fc.constantFrom('PT15M', 'PT1S', 'P1D', 'PT0S', 'P30D', 'PT1H30M')
  }
}

const WORD = fc.stringMatching(/^[a-z][a-z0-9-]{2,12}$/)

function textOf({ minLength = 0, maxLength = 60 }: { minLength?: number; maxLength?: number }): fc.Arbitrary<string> {
  const bounds = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 60)) }
  return fc.oneof(fc.string(bounds), fc.string({ ...bounds, unit: 'grapheme' }), WORD)
}
