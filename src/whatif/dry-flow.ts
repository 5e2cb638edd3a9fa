import type { Judgement } from '../classify/classify.ts'
import type { OperatorMarks } from '../classify/read-fields.ts'
import type { Destination } from '../deliver/destination.ts'
import type { Act, Actor } from '../incidents/act.ts'
import type { Action } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Impact } from '../measure/impact.ts'
import type { RulesDocument } from '../rules/rules-document.ts'
import type { OutcomeName } from '../signals/delivery.ts'
import type { Signal } from '../signals/signal.ts'

/** The service's own flow, thought through: the wiring builds it from the very functions that the real one is made of. */

/** The rules it is thought through with. `name`: for people, e.g. `revision 12` or `draft tidy-up`. */
export interface Against {
  name: string
  number: number
  document: RulesDocument
}

/** One message that would be sent. */
export interface Told {
  destination: string
  /** null: the destination no longer exists. */
  kind: Destination['kind'] | null
  /** It may wake someone. */
  pages: boolean
  mention: string | null
  what: 'open' | 'raise' | 'step'
  /** Index of the step it belongs to. */
  step: number
  reason: string
}

/** What became of an incident at a moment, ms. */
export interface Happened {
  at: number
  action: Action
  reason: string
  incident: Incident
  told: Told[]
}

/** A signal as it was judged, with what was measured for it. */
export interface JudgedSignal {
  signal: Signal
  own: Judgement | null
  impact: Impact
  archived: boolean
  /** What people had marked on its incident. */
  marks: OperatorMarks
  project: { name: string; verdict: Judgement; impact: Impact } | null
}

export interface Came {
  outcome: OutcomeName
  reason: string
  incident: string | null
}

export interface DryFlow {
  /** A signal arrives at `at` (ms). `again`: our own measuring again, by the rule that its incident stands on. */
  signal(signal: Signal, at: number, again?: string | null): Promise<Came>
  /** A person decides something. `id` names the deciding. */
  act(incident: string, act: Act, actor: Actor, id: string, at: number): Promise<void>
  /** Something silences an open incident from now on; null: nothing does any more, and it speaks. */
  cover(incident: string, cover: Incident['silenced'], at: number): Promise<void>
  /**
   * Tells the first step that is due by then, of an incident that passes; null: none is left. One that does not pass is
   * not looked at again until something else happens to it.
   */
  step(by: number, passes?: (incident: string) => boolean): Promise<Happened[] | null>
  /** What happened since it was last asked, in order. */
  happened(): Happened[]
  /** The last signal that was judged; null: none was. */
  judged(): JudgedSignal | null
  incident(id: string): Promise<Incident | null>
}
