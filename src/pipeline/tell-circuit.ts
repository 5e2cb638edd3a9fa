import { type Circuit, failingWords } from '../deliver/circuit.ts'
import { OWN_SOURCE } from '../deliver/deliver-notification.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { Signal } from '../signals/signal.ts'
import { aboutSource } from './derive-signal.ts'

const CONDITION = 'destination-failing-'

/**
 * A destination that fails for long is an incident about Tocsin itself: told through another, closed when it works again.
 * Returns at once: the delivery that showed it does not wait.
 */
export function createTellCircuit(deps: {
  handleSignal(signal: Signal): Promise<unknown>
  /** Told too, so that nothing ends before it is done. */
  track(work: Promise<unknown>): void
  clock: Clock
  log: Log
}) {
  return function tellCircuit(destination: string, what: 'opened' | 'closed', circuit: Circuit): void {
    const now = deps.clock.now()
    const intent = what === 'opened' ? 'alert' : 'resolve'
    const signal = aboutSource(
      OWN_SOURCE,
      `${CONDITION}${destination}`,
      failingWords(destination, circuit),
      intent,
      now,
    )
    deps.log.warn({ destination, failures: circuit.failures }, `the circuit of a destination has ${what}`)
    // Opened twice within five minutes is told twice.
    const told = deps.handleSignal({ ...signal, id: `circuit-${intent}-${destination}-${now}` })
    deps.track(
      told.catch(error =>
        deps.log.error(
          { err: error, destination },
          'a failing destination could not be made an incident; it is shown in /readyz',
        ),
      ),
    )
  }
}

/** Which destination a condition of Tocsin itself is about; null: none. */
export function failingDestination(source: string, condition: string): string | null {
  return source === OWN_SOURCE && condition.startsWith(CONDITION) ? condition.slice(CONDITION.length) : null
}
