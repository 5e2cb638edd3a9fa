import type { Truth } from '../classify/condition.ts'
import { evaluatePartly } from '../classify/evaluate.ts'
import { mentionedFields } from '../classify/mentioned-fields.ts'
import type { Policy, Route } from '../route/escalation-table.ts'
import type { KnownDestination } from './check-policies.ts'
import type { ProblemList } from './problem-list.ts'
import type { RulesDocument } from './rules-document.ts'

/**
 * A P0 that is only written down wakes nobody. Refused while there is someone to tell: a route that every P0 takes, or
 * that names the severity and may take one, whose policy tells nothing but the backlog at once, or waits for the
 * morning with its later steps. A route that sets one
 * project aside is an operator's own decision.
 */
export function checkWhoIsWoken(
  { routes, policies }: RulesDocument,
  destinations: readonly KnownDestination[],
  problems: ProblemList,
): void {
  const people = new Set(
    destinations.filter(({ kind }) => kind === 'pagerduty' || kind === 'slack').map(({ id }) => id),
  )
  if (people.size === 0) return
  const known = new Set(destinations.map(({ id }) => id))
  const firstTargets = new Map(
    policies.map(policy => [policy.id, (policy.steps[0]?.targets ?? []).map(({ destination }) => destination)]),
  )
  // What does not exist has been refused already.
  const tellsSomeone = ({ policy }: Route): boolean =>
    firstTargets.get(policy)?.some(target => people.has(target) || !known.has(target)) ?? true
  const lastTold = routes.findLastIndex(
    route => takesP0(route) === true && route.during === null && tellsSomeone(route),
  )

  for (const [index, route] of routes.entries()) {
    const takes = takesP0(route)
    const isP0Route = takes === true || (takes === 'unknown' && mentionedFields(route.when).includes('severity'))
    const toldBelow = route.continue && lastTold > index
    if (isP0Route && !tellsSomeone(route) && !toldBelow) {
      const others = [...people].slice(0, 3).join(', ')
      problems.add(
        ['routes', index, 'policy'],
        `P0 incidents take route "${route.id}", and the first step of policy "${route.policy}" tells only the backlog: nobody would be woken. Add a PagerDuty or Slack destination to that step (there is ${others}), or name another policy`,
      )
    }
    if (isP0Route) {
      const sleeping = sleepingStep(policies.find(({ id }) => id === route.policy))
      if (sleeping !== null)
        problems.add(
          ['routes', index, 'policy'],
          `P0 incidents take route "${route.id}", and ${sleeping} of policy "${route.policy}" waits for business hours: at night nobody more would be woken. Let it count every hour ("always"), or name another policy`,
        )
    }
    if (takes === true && !route.continue && route.during === null) return
  }
}

function sleepingStep(policy: Policy | undefined): string | null {
  const step = policy?.steps.findIndex(({ within }) => within === 'business-hours') ?? -1
  if (step >= 0) return `step ${step + 1}`
  return policy?.repeat?.within === 'business-hours' ? 'the repeat' : null
}

/** Of an incident nothing is known but that it is a P0. A route by time of day: while its hours run. */
function takesP0({ when }: Route): Truth {
  return evaluatePartly(when, field => (field === 'severity' ? 'P0' : undefined))
}
