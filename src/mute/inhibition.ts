import { z } from 'zod'
import { conditionSchema } from '../classify/condition.ts'
import { evaluate } from '../classify/evaluate.ts'
import type { FieldValue, ReadField } from '../classify/fields.ts'
import { moreSevere, type Severity, severitySchema } from '../classify/severity.ts'

/** While an incident that is `source` is open and told, what is `target` and has the same values is held back. */
export const inhibitionSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63'),
  name: z.string().min(1).max(120),
  /** The cause, such as the database being down. */
  source: conditionSchema,
  /** Its symptoms. */
  target: conditionSchema,
  /** Fields that both must have the same value of; where one of them has none, it is not inhibited. */
  equal: z.array(z.string().min(1).max(200)).max(10).default([]),
  /** What is more severe than its source is held back only up to this severity. null: never. */
  mostSevere: severitySchema.nullable().default(null),
  enabled: z.boolean().default(true),
})
export type Inhibition = z.infer<typeof inhibitionSchema>

/** What of an incident is asked about. */
export interface Inhibited {
  id: string
  severity: Severity
  dataLoss: boolean
  read: ReadField
}

/** What source and target of a rule must have in common, as one text; null: one of the fields has no value. */
export function valuesIn({ equal }: Inhibition, read: ReadField): string | null {
  const values: FieldValue[] = []
  for (const field of equal) {
    const value = read(field)
    if (value === undefined || value === null) return null
    values.push(value)
  }
  return JSON.stringify(values)
}

export function isSource(rule: Inhibition, { read }: Pick<Inhibited, 'read'>): boolean {
  return rule.enabled && evaluate(rule.source, read).truth === true
}

/** Data loss is never inhibited: it speaks for itself. */
export function isTarget(rule: Inhibition, { read, dataLoss }: Pick<Inhibited, 'read' | 'dataLoss'>): boolean {
  return rule.enabled && !dataLoss && evaluate(rule.target, read).truth === true
}

/**
 * Does that source hold back that target? Never itself, nor what is more severe than it, unless the rule names how severe
 * that may be. The source must be open and told: one that is quiet holds nobody back, so that no circle of rules can
 * silence everybody; whoever calls this has looked. Pure.
 */
export function inhibits(rule: Inhibition, source: Inhibited, target: Inhibited): boolean {
  if (source.id === target.id || !isSource(rule, source) || !isTarget(rule, target)) return false
  const values = valuesIn(rule, target.read)
  if (values === null || values !== valuesIn(rule, source.read)) return false
  if (!moreSevere(target.severity, source.severity)) return true
  return rule.mostSevere !== null && !moreSevere(target.severity, rule.mostSevere)
}
