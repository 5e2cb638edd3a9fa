import { z } from 'zod'

export const severitySchema = z.enum(['P0', 'P1', 'P2', 'P3'])
export type Severity = z.infer<typeof severitySchema>

/** 0 is the most severe. */
export function rank(severity: Severity): number {
  return Number(severity.slice(1))
}

export function moreSevere(a: Severity, b: Severity): boolean {
  return rank(a) < rank(b)
}
