import type { Signal } from '../signals/signal.ts'
import type { CrashFree, Measured, ProjectImpact } from './impact.ts'
import type { Answer } from './impact-source.ts'
import { MINUTE_MS, type WindowCounts } from './window-event.ts'
import { larger, reconciled, windowsAreComplete } from './window-numbers.ts'

export interface ProjectAnswers {
  crashFree: Answer<CrashFree[]> | null
  unhandled: Answer<{ minute: number; count: number }[]> | null
}

/** Crashes that ended longer ago are over: a rolled-back release does not stay red for an hour. */
const CRASHING_MINUTES = 10

/** What a project suffers, out of a metric alert's own value, our windows and Sentry's answers. Pure. */
export function combineProject(
  signal: Signal,
  counts: WindowCounts | null,
  answers: ProjectAnswers,
  now: number,
): { impact: ProjectImpact; degraded: boolean; gaps: string[] } {
  const complete = spikesAreCounted(counts, now)
  const recent = answers.unhandled?.ok === true ? newestMinutes(answers.unhandled.value) : null
  const gaps: string[] = []
  if (answers.crashFree?.ok === false) gaps.push(`crash-free sessions: ${answers.crashFree.reason}`)
  if (answers.crashFree?.ok === true && answers.crashFree.partial !== undefined)
    gaps.push(`crash-free sessions: ${answers.crashFree.partial}`)
  if (answers.unhandled?.ok === false && !complete)
    gaps.push(`unhandled exceptions per minute: ${answers.unhandled.reason}`)
  const impact: ProjectImpact = {
    crashFree: [...alertedRate(signal), ...(answers.crashFree?.ok === true ? answers.crashFree.value : [])],
    unhandledPerMinute: larger(
      alertedSpike(signal),
      reconciled(countedSpike(counts), seriesSpike(recent, now), counts),
    ),
    crashing: crashing(counts, complete, recent),
  }
  return { impact, degraded: gaps.length > 0, gaps }
}

/** By the series' own newest minute: Sentry's clock dates it, and ours may be far from that. */
function newestMinutes(series: { minute: number; count: number }[]): { minute: number; count: number }[] {
  const newest = Math.max(...series.map(one => one.minute))
  return series.filter(one => one.minute >= newest - CRASHING_MINUTES * MINUTE_MS)
}

/** Our own windows know every unhandled event of the minutes that matter: Sentry need not be asked. */
export function spikesAreCounted(counts: WindowCounts | null, now: number): boolean {
  return windowsAreComplete(counts, null, now, CRASHING_MINUTES * MINUTE_MS)
}

/** A crash-free metric alert's own value counts at once. A reading of our own measuring again is old news. */
function alertedRate(signal: Signal): CrashFree[] {
  const reading = signal.metric
  if (reading === null || reading.value === null || reading.status === 'resolved' || signal.origin === 'monitor')
    return []
  if (reading.measures !== 'crash-free-sessions' && reading.measures !== 'crash-free-users') return []
  return [
    { percent: reading.value, sessions: null, scope: 'production', release: null, source: 'webhook', at: signal.at },
  ]
}

function alertedSpike(signal: Signal): Measured | null {
  const reading = signal.metric
  if (
    reading === null ||
    reading.value === null ||
    reading.status === 'resolved' ||
    reading.measures !== 'unhandled-per-minute' ||
    signal.origin === 'monitor'
  )
    return null
  return { value: reading.value, source: 'webhook', at: signal.at, windowSeconds: 60 }
}

function countedSpike(counts: WindowCounts | null): Measured | null {
  if (counts === null || counts.unhandledWorstMinute === 0) return null
  return { value: counts.unhandledWorstMinute, source: 'windows', at: counts.at, windowSeconds: 60 }
}

function seriesSpike(recent: { count: number }[] | null, now: number): Measured | null {
  if (recent === null || recent.length === 0) return null
  return { value: Math.max(...recent.map(one => one.count)), source: 'sentry', at: now, windowSeconds: 60 }
}

function crashing(counts: WindowCounts | null, complete: boolean, recent: { count: number }[] | null): boolean | null {
  if ((counts?.unhandledLast10Minutes ?? 0) > 0) return true
  if (recent !== null) return recent.some(one => one.count > 0)
  return complete ? false : null
}
