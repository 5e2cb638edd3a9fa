import type { Scenario } from '../story.ts'
import { CORE_FLOWS } from './core-flows.ts'
import { DELIVERY } from './delivery.ts'
import { MONITORS } from './monitors.ts'
import { OVER_AGAIN } from './over-again.ts'
import { RELEASES } from './releases.ts'
import { SENTRY_AWAY } from './sentry-away.ts'
import { SPREADING } from './spreading.ts'

/** Every scenario. Ids follow from the place in this list. */
export const SCENARIOS: readonly Scenario[] = [
  ...CORE_FLOWS,
  ...SPREADING,
  ...RELEASES,
  ...OVER_AGAIN,
  ...MONITORS,
  ...DELIVERY,
  ...SENTRY_AWAY,
]
