import { readChoice, SETTING } from '../signals/chosen.ts'
import { didYouMean } from '../suggest.ts'
import type { RulesDocument } from './rules-document.ts'

/**
 * What is wrong with what somebody is about to save in Sentry's alert screen, in words for them; null: nothing. Stricter
 * than reading the settings of an alert that fires, because here somebody is there to put it right.
 */
export function checkChosen(
  settings: Readonly<Record<string, string>>,
  { policies }: Pick<RulesDocument, 'policies'>,
): string | null {
  const { chosen, ignored } = readChoice(settings)
  const problems = [...ignored]
  if (chosen === null) problems.unshift(`nothing is chosen: set ${SETTING.policy}`)
  else if (chosen.policy !== null && !policies.some(policy => policy.id === chosen.policy)) {
    const known = policies.map(policy => policy.id)
    problems.unshift(`there is no policy "${chosen.policy}".${didYouMean(chosen.policy, known)}`)
  }
  return problems.length === 0 ? null : problems.slice(0, 5).join('; ')
}
