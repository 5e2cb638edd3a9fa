import type { Incident } from '../incidents/incident.ts'
import type { Signal } from '../signals/signal.ts'
import type { Against, DryFlow } from './dry-flow.ts'
import type { Recorded } from './kept-signal.ts'

export interface FlowOptions {
  /** What is known of a signal's impact; null: it is measured now, and nothing is counted by that. */
  recorded: ((signal: Signal) => Recorded) | null
  /** Things as they stand are what it begins with; false: as if nothing had ever happened. */
  asThingsStand: boolean
  /** Silences and maintenance windows keep quiet as they would at that time, or as that says of an incident. */
  silenced: boolean | ((incident: string) => Incident['silenced'])
}

/** Opens a flow that is only thought through, by those rules. The wiring gives it. */
export type OpenFlow = (against: Against, options: FlowOptions) => DryFlow
