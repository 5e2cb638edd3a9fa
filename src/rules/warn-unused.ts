import { toPointer } from './problem-list.ts'
import type { RulesDocument } from './rules-document.ts'
import type { Surroundings, Warning } from './warning.ts'

/** Policies and destinations that nobody uses, and severity rules that are switched off. */
export function warnUnused(document: RulesDocument, { destinations }: Surroundings): Warning[] {
  const { routes, policies, severityRules } = document
  const named = new Set(routes.map(({ policy }) => policy))
  const told = new Set(usedDestinations(document, destinations))
  return [
    ...policies.flatMap(({ id }, index): Warning[] =>
      named.has(id)
        ? []
        : [
            {
              code: 'policy-unused',
              path: toPointer(['policies', index]),
              message: `no route leads to policy "${id}"; only an alert in Sentry may still choose it`,
              suggestion: 'name it in a route, or remove it',
            },
          ],
    ),
    ...destinations.flatMap(({ id, kind }): Warning[] =>
      kind === 'sentry' || kind === 'backlog' || told.has(id)
        ? []
        : [
            {
              code: 'destination-unused',
              path: toPointer(['destinations', id]),
              message: `nobody is ever told at destination "${id}": no policy names it, nor does it stand in for one`,
              suggestion: 'name it in a step of a policy, or remove it',
            },
          ],
    ),
    ...severityRules.flatMap(({ id, enabled }, index): Warning[] =>
      enabled
        ? []
        : [
            {
              code: 'rule-disabled',
              path: toPointer(['severityRules', index, 'enabled']),
              message: `severity rule "${id}" is switched off`,
              suggestion: 'switch it on, or remove it when it is not needed any more',
            },
          ],
    ),
  ]
}

/**
 * Destinations where somebody may be told: those that policies name, what stands in for these (a fallback falls back no
 * further), and where silences are announced.
 */
export function usedDestinations(
  { policies, settings }: RulesDocument,
  destinations: Surroundings['destinations'],
): string[] {
  const told = new Set(
    policies.flatMap(({ steps }) => steps.flatMap(({ targets }) => targets.map(({ destination }) => destination))),
  )
  if (settings.silenceAnnouncedIn !== null) told.add(settings.silenceAnnouncedIn)
  const standIns = destinations.flatMap(({ id, fallback }) => (told.has(id) ? (fallback ?? []) : []))
  return [...new Set([...told, ...standIns])]
}
