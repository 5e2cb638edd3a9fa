import type { RulesDocument } from './rules-document.ts'

/** Where the rules name a destination, as JSON pointers into the document; empty: nowhere. */
export function destinationUses(document: RulesDocument, destination: string): string[] {
  const announced = document.settings.silenceAnnouncedIn === destination ? ['/settings/silenceAnnouncedIn'] : []
  const told = document.policies.flatMap((policy, p) =>
    policy.steps.flatMap((step, s) =>
      step.targets.flatMap((target, t) =>
        target.destination === destination ? [`/policies/${p}/steps/${s}/targets/${t}/destination`] : [],
      ),
    ),
  )
  return [...told, ...announced]
}
