import type { Signal } from '../signals/signal.ts'
import { combineIssue, type MeasureRules, NOT_ASKED } from './combine-issue.ts'
import { combineProject } from './combine-project.ts'
import type { Impact } from './impact.ts'
import type { WindowCounts } from './window-event.ts'

/** What our windows alone say: enough to tell whether an error event is worth a full measurement. Pure and quick. */
export function countsOnlyImpact(signal: Signal, counts: WindowCounts, rules: MeasureRules, now: number): Impact {
  const issue = combineIssue(signal, counts, NOT_ASKED, rules, now)
  const project = combineProject(signal, counts, { crashFree: null, unhandled: null }, now)
  return { at: now, issue: issue.impact, project: project.impact, degraded: issue.degraded, gaps: issue.gaps }
}
