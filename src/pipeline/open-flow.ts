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

export interface OpenFlowDeps {
  stores: Stores
  ask: ImpactSource & Survey
  pages(kind: Destination['kind']): boolean
  doorOpenSince(): number
}

/** Flows that are thought through beside the real one: its functions and its destinations, and stores that forget. */
export function createOpenFlow({ stores, ask, pages, doorOpenSince }: OpenFlowDeps): OpenFlow {
  return (against, { recorded, asThingsStand, silenced }) => {
    const rules = { number: against.number, document: against.document }
    const revision = () => ({ ...rules, at: 0, author: '', message: '' })
    const windows = windowsAsIf(stores.windows)
    const kindOf = (id: string) => stores.destinations.get(id)?.destination.kind ?? null
    return createDryFlow({
      rules,
      kindOf,
      pages,
      backlog:
        stores.destinations.all().find(({ destination }) => destination.kind === 'backlog')?.destination.id ?? null,
      silences: silenced ? stores.silences : null,
      beneath: asThingsStand ? stores : null,
      judge: now =>
        recorded === null
          ? createJudge({
              ...{ ask, survey: ask, doorOpenSince, incidents: stores.incidents, clock: { now } },
              windows,
              rules: revision,
            })
          : createJudgeRecorded(rules, now, recorded),
      ...(recorded === null
        ? { countFirst: (signal, now, handle) => countFirst(signal, { windows, rules: revision, now }, handle) }
        : {}),
    })
  }
}
