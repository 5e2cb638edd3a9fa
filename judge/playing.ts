import { createStage } from './model/create-stage.ts'
import { MINUTE } from './model/happening.ts'
import type { Script } from './model/stage.ts'
import { type LivedIssue, liveAll, planWebhooks, type Webhook } from './model/webhooks.ts'
import { createRandom } from './random.ts'
import type { Scenario } from './story.ts'

/** A scenario laid on the common timeline. */
export interface Playing {
  scenario: Scenario
  script: Script
  lived: LivedIssue[]
  webhooks: Webhook[]
  /** The moment of its minute 0, ms by our clock. */
  zero: number
  /** The source that its webhooks come to. */
  source: string
}

/** A Monday morning; where within the hour it begins is chance. */
const MORNING = Date.UTC(2026, 10, 23, 8)
const MOST_HEAD_START_MINUTES = 20
/** No scenario makes more ids than that. */
const IDS_EACH = 10_000
const FIRST_ID = 7_100_000_000

/** When the whole begins, ms. */
export function beginningOf(seed: number): number {
  return MORNING + Math.floor(createRandom(seed, 'beginning').between(0, 60)) * MINUTE
}

/**
 * Lays scenarios down. Chance belongs to each by its name and the seed, ids to its place in the whole list: the same
 * happens whether it plays alone or with all others.
 */
export function layDown(all: readonly Scenario[], names: ReadonlySet<string>, seed: number): Playing[] {
  return all.flatMap((scenario, place) => {
    if (!names.has(scenario.name)) return []
    const random = createRandom(seed, scenario.name)
    const zero = beginningOf(seed) + Math.floor(random.between(1, MOST_HEAD_START_MINUTES) * 60) * 1_000
    const { stage, script } = createStage(scenario.name, FIRST_ID + place * IDS_EACH, random)
    scenario.play(stage)
    const lived = liveAll(script)
    const toSentry = (at: number) => zero + at + (scenario.own?.skewMs ?? 0)
    const webhooks = planWebhooks(script, lived, scenario.lasts * MINUTE, random, toSentry)
    return [{ scenario, script, lived, webhooks, zero, source: scenario.own === undefined ? 'default' : scenario.name }]
  })
}
