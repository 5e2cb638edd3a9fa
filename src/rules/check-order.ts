import { createCoverIndex } from './covers.ts'
import type { Path, ProblemList } from './problem-list.ts'
import { toPointer } from './problem-list.ts'
import type { RulesDocument } from './rules-document.ts'

interface Row {
  id: string
  path: Path
}

/** Rows that can never be reached, and a table without a catch-all. */
export function checkOrder(document: RulesDocument, problems: ProblemList): void {
  checkRoutes(document, problems)
  checkSeverityRules(document, problems)
}

function checkRoutes({ routes }: RulesDocument, problems: ProblemList): void {
  if (!routes.some(route => route.when === null && route.during === null)) {
    problems.add(
      ['routes'],
      'no catch-all: end with a route whose "when" and "during" are null, so that no incident goes untold',
    )
  }
  const above = createCoverIndex<Row>()
  for (const [index, route] of routes.entries()) {
    const path = ['routes', index]
    const cover = above.covering(route.when)
    if (cover !== null) {
      problems.add(
        path,
        `route "${route.id}" can never be reached: "${cover.id}" (${toPointer(cover.path)}) takes all it matches and does not continue. Move it up, set "continue" there, or remove it`,
      )
    } else if (!route.continue && route.during === null) {
      above.add(route.when, { id: route.id, path })
    }
  }
}

function checkSeverityRules({ severityRules }: RulesDocument, problems: ProblemList): void {
  const tables = new Map(severityRules.map(rule => [rule.about, createCoverIndex<Row>()]))
  for (const [index, rule] of severityRules.entries()) {
    const above = tables.get(rule.about)
    if (!rule.enabled || above === undefined) continue
    const path = ['severityRules', index]
    const cover = above.covering(rule.when)
    if (cover !== null) {
      problems.add(
        path,
        `rule "${rule.id}" can never fall: "${cover.id}" (${toPointer(cover.path)}) decides before it whenever it would hold. Move it up, or remove it`,
      )
    } else if (rule.effect === 'severity') {
      above.add(rule.when, { id: rule.id, path })
    }
  }
}
