import type { Destination } from '../deliver/destination.ts'
import type { ImpactSource } from '../measure/impact-source.ts'
import type { Survey } from '../measure/survey.ts'
import type { Stores } from '../stores.ts'
import type { OpenFlow } from '../whatif/open-flow.ts'
import { countFirst } from './count-first.ts'
import { createDryFlow } from './dry-flow.ts'
import { createJudge } from './judge.ts'
import { createJudgeRecorded } from './judge-recorded.ts'
import { windowsAsIf } from './windows-as-if.ts'

/** What a flow needs to know of the service around it: plain data, so that it can be thought through elsewhere. */
export interface FlowWorld {
  /** Of every destination. */
  kinds: Readonly<Record<string, Destination['kind']>>
  /** Kinds whose messages may wake someone. */
  paging: readonly Destination['kind'][]
  /** The destination that is the backlog; null: none is. */
  backlog: string | null
}

type LiveDeps = Pick<OpenFlowDeps, 'stores' | 'ask' | 'doorOpenSince'>

export interface OpenFlowDeps {
  stores: Stores
  ask: ImpactSource & Survey
  pages(kind: Destination['kind']): boolean
  doorOpenSince(): number
}

/** Flows that are thought through beside the real one: its functions and its destinations, and stores that forget. */
export function createOpenFlow({ stores, ask, pages, doorOpenSince }: OpenFlowDeps): OpenFlow {
  return (against, options) => openFlowIn(flowWorld(stores, pages), { stores, ask, doorOpenSince })(against, options)
}

/** The destinations as they are now. */
export function flowWorld(stores: Pick<Stores, 'destinations'>, pages: OpenFlowDeps['pages']): FlowWorld {
  const all = stores.destinations.all().map(({ destination }) => destination)
  const kinds = Object.fromEntries(all.map(({ id, kind }) => [id, kind]))
  const paging = [...new Set(all.map(({ kind }) => kind))].filter(pages)
  return { kinds, paging, backlog: all.find(({ kind }) => kind === 'backlog')?.id ?? null }
}

/** `live` absent: only what was recorded, or is given, can be judged. */
export function openFlowIn({ kinds, paging, backlog }: FlowWorld, live?: LiveDeps): OpenFlow {
  return (against, { recorded, asThingsStand, silenced }) => {
    const rules = { number: against.number, document: against.document }
    const base = {
      rules,
      kindOf: (id: string) => (Object.hasOwn(kinds, id) ? (kinds[id] ?? null) : null),
      pages: (kind: Destination['kind']) => paging.includes(kind),
      backlog,
      silences: typeof silenced === 'function' ? silenced : silenced ? (live?.stores.silences ?? null) : null,
      beneath: asThingsStand ? (live?.stores ?? null) : null,
    }
    if (recorded !== null) return createDryFlow({ ...base, judge: now => createJudgeRecorded(rules, now, recorded) })
    if (live === undefined) throw new Error('nothing can be measured here')
    const { stores, ask, doorOpenSince } = live
    const revision = () => ({ ...rules, at: 0, author: '', message: '' })
    const windows = windowsAsIf(stores.windows)
    return createDryFlow({
      ...base,
      judge: now =>
        createJudge({
          ...{ ask, survey: ask, doorOpenSince, incidents: stores.incidents, clock: { now } },
          windows,
          rules: revision,
        }),
      countFirst: (signal, now, handle) => countFirst(signal, { windows, rules: revision, now }, handle),
    })
  }
}
