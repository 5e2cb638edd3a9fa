import { WEEKDAYS } from '../incidents/business-hours.ts'
import { checkHours } from './check-waits.ts'
import type { ProblemList } from './problem-list.ts'
import type { RulesDocument } from './rules-document.ts'

/** Routes by time of day have hours that exist, and that leave the route some time. */
export function checkDuring({ routes }: RulesDocument, problems: ProblemList): void {
  for (const [index, { during }] of routes.entries()) {
    if (problems.full) return
    if (during === null) continue
    const path = ['routes', index, 'during']
    checkHours(during.hours, [...path, 'hours'], problems)
    const { days, from, to, holidays } = during.hours
    const always = days.length === WEEKDAYS.length && from === '00:00' && to === '24:00' && holidays.length === 0
    if (always && during.outside)
      problems.add(path, 'these hours are always, so nothing is outside them: the route would never match. Narrow them')
  }
}
