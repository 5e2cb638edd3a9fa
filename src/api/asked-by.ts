import type { Operations } from './operations.ts'

/** The operations as asked for by that caller: large documents of one wait behind those of others. */
export function askedBy(operations: Operations, { id }: { id: string }): Operations {
  const { rules } = operations
  return {
    ...operations,
    rules: {
      ...rules,
      validate: (document, destinations) => rules.validate(document, destinations, id),
      warnings: (document, destinations, all) => rules.warnings(document, destinations, all, id),
    },
  }
}
