import { z } from 'zod'
import { TocsinError } from '../errors.ts'

/** What destinations and sources have in common: who manages them, and secrets that go in and never come out. */

export const managedBySchema = z
  .enum(['environment', 'api'])
  .describe('`environment`: read-only here, changed by its environment variables at restart')

/** What GET answered may be sent back: these members are overlooked. */
export const readOnly = {
  managedBy: z.unknown().optional().meta({ readOnly: true, description: 'Overlooked: it cannot be written' }),
  secrets: z.unknown().optional().meta({ readOnly: true, description: 'Overlooked: it cannot be written' }),
}

export function writtenOnly<S extends z.ZodType>(secret: S) {
  return secret.optional().meta({ writeOnly: true, description: 'Stored encrypted, never answered; absent: kept' })
}

/** An id is for good. Throws INVALID_INPUT. */
export function requirePathId(id: string, inPath: string): void {
  if (id === inPath) return
  const message = `must be "${inPath}", as in the address: an id stays; make a new one for another`
  throw new TocsinError('INVALID_INPUT', `/id ${message}`, { problems: [{ path: '/id', message }] })
}
