import { parentPort } from 'node:worker_threads'
import { hearInPieces, tellInPieces } from '../platform/large-message.ts'
import { talkWith } from '../platform/thread.ts'
import type { KnownDestination } from './check-policies.ts'
import { routesSeen } from './routes-seen.ts'
import type { RulesDocument } from './rules-document.ts'
import { type Validation, validateRules } from './validate-rules.ts'

/** Checks documents in a thread of its own, one after the other. See rules-apart.ts. */

export type Asked =
  /** Answered with problems, or null, the document and what was seen of its routes. */
  | { what: 'validate'; destinations: readonly KnownDestination[] }
  /** What follows are routes alone, answered with what was seen of them. */
  | { what: 'look' }

const { tell, hear } = talkWith(parentPort)
/** The hearer says when it wants more. */
const give = (value: unknown) => tellInPieces(tell, value, hear)

for (;;) {
  const asked = (await hear()) as Asked
  const given = await hearInPieces(hear)
  if (asked.what === 'look') {
    await give(routesSeen((given as Pick<RulesDocument, 'routes'>).routes))
    continue
  }
  const result: Validation = validateRules(given, { destinations: asked.destinations })
  if ('problems' in result) tell(result.problems)
  else {
    tell(null)
    await give(result.document)
    await give(routesSeen(result.document.routes))
  }
}
