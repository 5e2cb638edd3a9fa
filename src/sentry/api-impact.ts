import type { ImpactSource } from '../measure/impact-source.ts'
import type { Clock } from '../platform/clock.ts'
import type { AnswerMemory } from './api-answers.ts'
import type { Ask } from './api-ask.ts'
import { readReleases, releasesParams, sessionsParams, toCrashFree } from './api-crash-free.ts'
import { issueBaselineParams, issueCountsParams, readIssueCounts, toBaseline } from './api-issue-counts.ts'
import { ISSUE_DETAILS_PARAMS, readIssueDetails } from './api-issue-details.ts'
import { readLatestEvent } from './api-latest-event.ts'
import { readSeries, unhandledSeriesParams } from './api-series.ts'
import { readSessions } from './api-session-counts.ts'
import type { SourceWithSecret } from './source.ts'

/** What measuring asks about one issue or project: coalesced, and good for a short time. */
export function createImpactQuestions(deps: {
  ask: Pick<Ask, 'get'>
  answers: AnswerMemory
  clock: Clock
  sourceOf(id: string): SourceWithSecret | null
}): Omit<ImpactSource, 'canAsk'> {
  const { ask, answers, clock, sourceOf } = deps
  const issuePath = (issue: string, rest = '') => `issues/${encodeURIComponent(issue)}/${rest}`

  return {
    crashFree: question =>
      answers.once(
        keyOf('crash-free', question),
        async () => {
          const { source, project, production, background } = question
          const about = { source, question: 'crash-free', background }
          const ofSessions = { ...about, endpoint: 'sessions', path: 'sessions/', params: sessionsParams(project) }
          const ofReleases = { ...about, endpoint: 'releases', path: 'releases/', params: releasesParams(project) }
          const [sessions, releases] = await Promise.all([
            ask.get(ofSessions, readSessions),
            ask.get(ofReleases, readReleases),
          ])
          if (!sessions.ok) return sessions
          const rates = toCrashFree(sessions.value, releases.ok ? releases.value : [], production, clock.now())
          return releases.ok
            ? { ok: true, value: rates }
            : { ok: true, value: rates, partial: `the newest release is not known: ${releases.reason}` }
        },
        question.background,
      ),
    issueCounts: question =>
      answers.once(
        keyOf('issue-counts', question),
        () => {
          const { source, background } = question
          const params = issueCountsParams(question)
          const what = { source, question: 'issue-counts', endpoint: 'events', path: 'events/', params, background }
          return ask.get(what, body => readIssueCounts(body, question.windowSeconds, clock.now()))
        },
        question.background,
      ),
    issueBaseline: question =>
      answers.once(
        keyOf('issue-baseline', question),
        async () => {
          const params = issueBaselineParams(question, clock.now())
          const path = 'events-timeseries/'
          const { source, background } = question
          const what = { source, question: 'issue-baseline', endpoint: path, path, params, background }
          const series = await ask.get(what, readSeries)
          return series.ok ? { ok: true, value: toBaseline(series.value, clock.now()) } : series
        },
        question.background,
      ),
    unhandledSeries: question =>
      answers.once(
        keyOf('unhandled-series', question),
        () => {
          const params = unhandledSeriesParams(question)
          const path = 'events-timeseries/'
          const { source, background } = question
          return ask.get({ source, question: 'unhandled-series', endpoint: path, path, params, background }, readSeries)
        },
        question.background,
      ),
    issueDetails: ({ source, issue, background }) =>
      answers.once(
        keyOf('issue-details', { source, issue }),
        () => {
          const path = issuePath(issue)
          const params = ISSUE_DETAILS_PARAMS
          const what = { source, question: 'issue-details', endpoint: 'issue', path, params, background }
          return ask.get(what, readIssueDetails)
        },
        background,
      ),
    latestEvent: ({ source, issue, background }) =>
      answers.once(
        keyOf('latest-event', { source, issue }),
        () => {
          const path = issuePath(issue, 'events/latest/')
          const known = sourceOf(source)
          const read = (body: unknown) => readLatestEvent(body, known?.url ?? '', known?.organization ?? '')
          const what = { source, question: 'latest-event', endpoint: 'latest-event', path, params: [], background }
          return ask.get(what, read)
        },
        background,
      ),
  }
}

/** Callers may hand over more than a question: only what names it counts. */
function keyOf(
  name: string,
  question: {
    source: string
    project?: string | null
    issue?: string
    windowSeconds?: number
    production?: readonly string[]
  },
): string {
  const { source, project, issue, windowSeconds, production } = question
  return JSON.stringify([name, source, project, issue, windowSeconds, production])
}
