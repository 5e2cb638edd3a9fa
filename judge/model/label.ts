import type { Problem } from '../story.ts'
import { MINUTE } from './happening.ts'
import type { Label } from './stage.ts'

/** Minutes: answering a P0 begins with hearing of it while it is still young. */
const WITHIN = 5

/** A label as its author wrote it, with what need not be said. */
export function toProblem(name: string, label: Label): Problem {
  const severity = typeof label.severity === 'string' ? [label.severity] : label.severity
  const { issues = [], projects = [], monitors = [] } = label
  const issueIds = [
    ...issues.map(issue => issue.id),
    ...projects.flatMap(p => p.monitors).flatMap(m => m.opensIssue ?? []),
  ]
  const pages = label.pages ?? (severity.every(one => one === 'P0') ? 1 : 0)
  return {
    name,
    issues: issueIds,
    projects: projects.map(project => project.slug),
    monitors,
    ofSource: label.ofSource ?? false,
    severity,
    plain: label.plain === undefined ? null : label.plain * MINUTE,
    notBefore: (label.notBefore ?? -60) * MINUTE,
    within: (label.within ?? WITHIN) * MINUTE,
    pages,
    mayPage: label.mayPage ?? false,
    incidents: label.incidents ?? issues.length + projects.length + monitors.length,
    lives: label.lives ?? null,
    ends: label.ends ?? null,
  }
}
