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
    const { days, from, to, holidays } = during.hours
    // 22:00 to 06:00 is said as what is outside 06:00 to 22:00.
    if (from > to)
      problems.add(
        [...path, 'hours', 'to'],
        `"${from}" to "${to}" goes over midnight: write from "${to}" to "${from}" with "outside": ${!during.outside}; of some days only, one route until "24:00" and one from "00:00"`,
      )
    else checkHours(during.hours, [...path, 'hours'], problems)
    const always = days.length === WEEKDAYS.length && from === '00:00' && to === '24:00' && holidays.length === 0
    if (always && during.outside)
      problems.add(path, 'these hours are always, so nothing is outside them: the route would never match. Narrow them')
  }
}
