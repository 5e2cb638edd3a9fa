import { type Assessment, assess, type Labelled } from './assess.ts'
import { type Outcome, play } from './play.ts'
import { layDown, type Playing } from './playing.ts'
import type { Scenario } from './story.ts'
import type { SwitchName } from './switches.ts'

export interface Run {
  assessment: Assessment
  outcome: Outcome
  scenarios: number
}

/** Plays the named scenarios of `all` and holds what happened against their labels. */
export async function run(
  all: readonly Scenario[],
  names: ReadonlySet<string>,
  seed: number,
  without: readonly SwitchName[],
): Promise<Run> {
  const playings = layDown(all, names, seed)
  const outcome = await play(playings, seed, without)
  return { assessment: assess(playings.map(labelsOf), outcome), outcome, scenarios: playings.length }
}

function labelsOf({ scenario, script, zero, source }: Playing): Labelled {
  const named = new Set(script.problems.flatMap(problem => problem.issues))
  const issues = script.projects.flatMap(project => project.issues).map(issue => issue.id)
  return {
    scenario: scenario.name,
    problems: script.problems,
    backdrop: new Set(issues.filter(id => !named.has(id))),
    projects: new Set(script.projects.map(project => project.slug)),
    source,
    zero,
  }
}
