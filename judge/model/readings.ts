import { HOUR, MINUTE, type Project } from './happening.ts'

/** What Sentry would read of a project at a moment: sessions and unhandled errors, out of what happened to users. */

export interface SessionSum {
  release: string | null
  environment: string
  sessions: number
  crashed: number
}

/** Sessions of the last hour, by release and environment. */
export function sessionsIn(project: Project, at: number): SessionSum[] {
  const sums = new Map<string, SessionSum>()
  for (const { from, to, perMinute, crashing, release, environment } of project.sessions) {
    const minutes = Math.max(0, Math.min(at, to) - Math.max(at - HOUR, from)) / MINUTE
    const key = `${release} ${environment}`
    const sum = sums.get(key) ?? { release, environment, sessions: 0, crashed: 0 }
    sums.set(key, sum)
    sum.sessions += perMinute * minutes
    sum.crashed += perMinute * minutes * crashing
  }
  return [...sums.values()].map(sum => ({
    ...sum,
    sessions: Math.round(sum.sessions),
    crashed: Math.round(sum.crashed),
  }))
}

/** Percent of the last hour in production; null: no sessions. */
export function crashFreeIn(project: Project, at: number): number | null {
  const production = sessionsIn(project, at).filter(sum => sum.environment === 'production')
  const sessions = production.reduce((total, sum) => total + sum.sessions, 0)
  const crashed = production.reduce((total, sum) => total + sum.crashed, 0)
  return sessions === 0 ? null : 100 - (100 * crashed) / sessions
}

/** Unhandled errors in production in each of the last `minutes`, oldest first; the last one is the minute under way. */
export function unhandledSeries(project: Project, at: number, minutes: number, zero = 0): number[] {
  const newest = Math.floor((at + zero) / MINUTE)
  const counts = new Array<number>(minutes).fill(0)
  for (const issue of project.issues) {
    for (const failure of issue.failures) {
      if (failure.at > at || failure.handled || !isProduction(failure.environment)) continue
      const age = newest - Math.floor((failure.happened + zero) / MINUTE)
      if (age >= 0 && age < minutes) counts[minutes - 1 - age] = (counts[minutes - 1 - age] ?? 0) + 1
    }
  }
  return counts
}

/** Unhandled errors in production in the minute before `at`. */
export function unhandledIn(project: Project, at: number): number {
  let count = 0
  for (const issue of project.issues)
    for (const { at: got, handled, environment } of issue.failures)
      if (got <= at && got > at - MINUTE && !handled && isProduction(environment)) count += 1
  return count
}

export function isProduction(environment: string | null): boolean {
  return environment === null || environment === 'production' || environment === 'prod'
}
