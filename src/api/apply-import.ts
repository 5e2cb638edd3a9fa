import type { StoredDestination } from '../deliver/destination.ts'
import { TocsinError } from '../errors.ts'
import type { SourceSecret } from '../sentry/source.ts'
import type { SecretGiven } from './as-code-document.ts'
import type { Operations } from './operations.ts'
import type { ImportPlan } from './plan-import.ts'
import type { RecordPlan } from './plan-records.ts'
import { publish } from './publish-rules.ts'

export interface Applied {
  /** In the order in which it was done: `destination slack-payments`, `rules`. */
  done: string[]
  /** Why it went no further; null: everything is done. */
  stopped: string | null
}

/**
 * Makes what was planned: destinations first, because the rules name them; then sources; then the rules as one revision;
 * what goes goes last. Each is refused when somebody changed it since it was planned. What stops it after something was
 * saved is told, not thrown: the same file, applied again, goes on from there.
 */
export async function applyImport(
  operations: Operations,
  plan: ImportPlan,
  by: { author: string; message: string },
): Promise<Applied> {
  const done: string[] = []
  try {
    for (const { id, work } of steps(operations, plan, by)) {
      await work()
      done.push(id)
    }
  } catch (error) {
    if (done.length === 0 || !(error instanceof TocsinError)) throw error
    return { done, stopped: error.message }
  }
  return { done, stopped: null }
}

function steps(operations: Operations, plan: ImportPlan, { author, message }: { author: string; message: string }) {
  const { destinations, sources, rules } = operations
  const made = <V>(plans: readonly RecordPlan<V>[]) =>
    plans.filter(({ what }) => what === 'added' || what === 'changed')
  const gone = <V>(plans: readonly RecordPlan<V>[]) => plans.filter(({ what }) => what === 'removed')
  const change = plan.rules
  return [
    ...fallbacksFirst(made(plan.destinations)).map(({ id, value, given, version }) => ({
      id: `destination ${id}`,
      work: () => destinations.put(value, given === null ? undefined : texts(given), version),
    })),
    ...made(plan.sources).map(({ id, value, given, version }) => ({
      id: `source ${id}`,
      work: () => sources.put(value, given === null ? undefined : (given as Partial<SourceSecret>), version),
    })),
    ...(change === null
      ? []
      : [
          {
            id: 'rules',
            work: () =>
              publish({ ...operations, rules }, { author }, change.document, plan.standing.revision.number, message),
          },
        ]),
    ...fallbacksFirst(gone(plan.destinations))
      .toReversed()
      .map(({ id, version }) => ({ id: `destination ${id}`, work: () => destinations.remove(id, version ?? '') })),
    ...gone(plan.sources).map(({ id, version }) => ({
      id: `source ${id}`,
      work: () => sources.remove(id, version ?? ''),
    })),
  ] as { id: string; work(): Promise<unknown> }[]
}

/** Its form was checked: every member is text by now. */
function texts(given: NonNullable<SecretGiven>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
}

/** One that another falls back on comes before it. */
function fallbacksFirst(plans: readonly RecordPlan<StoredDestination>[]): RecordPlan<StoredDestination>[] {
  const waiting = new Map(plans.map(plan => [plan.id, plan]))
  const ordered: RecordPlan<StoredDestination>[] = []
  for (const plan of plans) {
    const chain: RecordPlan<StoredDestination>[] = []
    for (let next: string | null = plan.id; next !== null && waiting.has(next); ) {
      const one = waiting.get(next)
      if (one === undefined) break
      waiting.delete(next)
      chain.unshift(one)
      next = one.value.fallback
    }
    ordered.push(...chain)
  }
  return ordered
}
