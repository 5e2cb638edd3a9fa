import type { Severity } from '../classify/severity.ts'
import type { Against, Told } from './dry-flow.ts'
import type { Kept } from './kept-signal.ts'
import type { OpenFlow } from './open-flow.ts'

/** What rules make of one signal, as if it were the first of its incident. */
export interface Fate {
  severity: Severity | null
  rule: string | null
  /** Of its project, where it shows that something is breached there. */
  projectSeverity: Severity | null
  routes: string[]
  /** Destinations, with whom they mention: `slack-incidents @team-lead`. */
  told: string[]
}

export interface Difference {
  at: number
  signal: string
  title: string
  project: string | null
  what: ('severity' | 'rule' | 'route' | 'targets')[]
  before: Fate
  after: Fate
}

/** How two rules differ about a signal that was judged; null: they do not. Both are asked the same, so only the rules can. */
export async function compareAfresh(
  kept: Kept,
  before: Against,
  after: Against,
  openFlow: OpenFlow,
): Promise<Difference | null> {
  const { signal, at } = kept
  if (signal === null || kept.recorded === null) return null
  const [one, other] = [await fateOf(kept, before, openFlow), await fateOf(kept, after, openFlow)]
  const what = differing(one, other)
  if (what.length === 0) return null
  return {
    ...{ at, signal: signal.id, title: signal.facts.title, project: signal.facts.project },
    ...{ what, before: one, after: other },
  }
}

async function fateOf({ signal, recorded, at }: Kept, against: Against, openFlow: OpenFlow): Promise<Fate> {
  if (signal === null || recorded === null) throw new Error('only a signal that was judged has a fate')
  const flow = openFlow(against, { recorded: () => recorded, asThingsStand: false, silenced: false })
  await flow.signal(signal, at)
  const judged = flow.judged()
  const happened = flow.happened()
  return {
    severity: judged?.own?.severity ?? null,
    rule: judged?.own?.rule ?? null,
    projectSeverity: judged?.project?.verdict.severity ?? null,
    routes: [...new Set(happened.flatMap(({ incident }) => incident.escalations.map(({ route }) => route)))],
    told: [...new Set(happened.flatMap(({ told }) => told.map(toldInWords)))].sort(),
  }
}

export function toldInWords({ destination, mention }: Pick<Told, 'destination' | 'mention'>): string {
  return mention === null ? destination : `${destination} @${mention}`
}

export function differing(before: Fate, after: Fate): Difference['what'] {
  const same = (a: readonly string[], b: readonly string[]) => a.join('\n') === b.join('\n')
  const what: Difference['what'] = []
  if (before.severity !== after.severity || before.projectSeverity !== after.projectSeverity) what.push('severity')
  else if (before.rule !== after.rule) what.push('rule')
  if (!same(before.routes, after.routes)) what.push('route')
  if (!same(before.told, after.told)) what.push('targets')
  return what
}
