import type { Severity } from '../classify/severity.ts'
import type { Destination } from './destination.ts'

const LOUDEST_FIRST: readonly Destination['kind'][] = ['pagerduty', 'slack', 'backlog']
const QUIETER_FIRST: readonly Destination['kind'][] = ['slack', 'backlog', 'pagerduty']

/**
 * Who is told when the destination that rules or an older incident name was removed (over REST, or with its secret from
 * the environment): what is severe goes to whoever can be woken. Null: there is nobody at all.
 */
export function lastResort(
  known: readonly Pick<Destination, 'id' | 'kind'>[],
  severity: Severity,
  except: string | null = null,
): string | null {
  const order = severity === 'P0' || severity === 'P1' ? LOUDEST_FIRST : QUIETER_FIRST
  for (const kind of order) {
    // #incidents before #alerts-production, whatever the alphabet says.
    const found = known.filter(one => one.kind === kind && one.id !== except)
    const first = found.find(one => one.id === 'slack-incidents') ?? found[0]
    if (first !== undefined) return first.id
  }
  return null
}
