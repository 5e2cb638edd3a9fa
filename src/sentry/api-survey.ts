import type { Answer } from '../measure/impact-source.ts'
import { isProduction } from '../measure/production.ts'
import type { ListedIssue, ListedProject, Survey } from '../measure/survey.ts'
import type { Clock } from '../platform/clock.ts'
import type { AnswerMemory } from './api-answers.ts'
import type { Ask, Get } from './api-ask.ts'
import { crashingIssuesParams, issueListParams, mostUsersFirst, readIssuePage } from './api-issue-list.ts'
import { projectSessionsParams, toProjectSessions } from './api-project-sessions.ts'
import { projectsParams, readEnvironments, readProjects } from './api-projects.ts'
import { type Params, projectParams } from './api-query.ts'
import { readSessions, type SessionCounts } from './api-session-counts.ts'
import { readUnhandled, unhandledParams } from './api-unhandled.ts'
import type { SourceWithSecret } from './source.ts'

/** A bound, should the pages never end: five thousand projects. */
const MOST_PAGES = 50
/** How Sentry refuses a question that would make too many points. */
const TOO_MUCH = 400

/** What can be seen without any webhook, of every project at once. All of it is asked in the background. */
export function createSurveyQuestions(deps: {
  ask: Pick<Ask, 'get'>
  answers: AnswerMemory
  /** Projects and environments seldom change. */
  lasting: AnswerMemory
  clock: Clock
  sourceOf(id: string): SourceWithSecret | null
}): Omit<Survey, 'canAsk'> {
  const { ask, answers, lasting, clock, sourceOf } = deps

  function about(source: string, question: string, path: string, params: Params): Get {
    return { source, question, endpoint: path, path, params, background: true }
  }

  /** The projects a source speaks for; none are named when it speaks for all. */
  const scopeOf = (source: string): Params => (sourceOf(source)?.projects ?? []).flatMap(projectParams)

  /** An organization that was named anew has other answers. */
  const keyOf = (source: string, question: string) =>
    JSON.stringify([question, source, sourceOf(source)?.url, sourceOf(source)?.organization])

  function environments(source: string): Promise<Answer<string[]>> {
    const what = { ...about(source, 'environments', 'environments/', []), whole: true }
    return lasting.once(keyOf(source, 'environments'), () => ask.get(what, readEnvironments), true)
  }

  async function projects(source: string): Promise<Answer<ListedProject[]>> {
    const all = await lasting.once(keyOf(source, 'projects'), () => allProjects(source), true)
    const own = sourceOf(source)?.projects ?? []
    if (!all.ok || own.length === 0) return all
    return { ...all, value: all.value.filter(({ id, slug }) => own.includes(slug) || own.includes(id)) }
  }

  /** A project made since the list was asked for has an id that it does not know: then it is asked for anew, once. */
  async function projectsIn(source: string, counts: SessionCounts): Promise<Answer<ListedProject[]>> {
    const known = await projects(source)
    if (!known.ok) return known
    const ids = new Set(known.value.map(({ id }) => id))
    const unknown = [...new Set(counts.groups.map(({ by }) => by.project ?? null))]
      .filter(id => id !== null && !ids.has(String(id)))
      .sort()
    if (unknown.length === 0) return known
    return lasting.once(keyOf(source, `projects with ${unknown.join()}`), () => allProjects(source), true)
  }

  async function allProjects(source: string): Promise<Answer<ListedProject[]>> {
    const found: ListedProject[] = []
    let cursor: string | null = null
    for (let page = 0; page < MOST_PAGES; page++) {
      const what: Get = { ...about(source, 'projects', 'projects/', projectsParams(cursor)), whole: true }
      const answer: Answer<{ projects: ListedProject[]; next: string | null }> = await ask.get(what, readProjects)
      if (!answer.ok) return answer
      found.push(...answer.value.projects)
      cursor = answer.value.next
      if (cursor === null) break
    }
    return { ok: true, value: found }
  }

  /** By release where Sentry answers so much at once, else without. */
  async function sessionCounts(source: string) {
    const of = (byRelease: boolean) =>
      about(source, 'project-sessions', 'sessions/', [...projectSessionsParams(byRelease), ...scopeOf(source)])
    let refusal: number | null = null
    const onRefusal = (status: number) => {
      refusal = status
    }
    const detailed = await ask.get({ ...of(true), onRefusal }, readSessions)
    if (detailed.ok || refusal !== TOO_MUCH) return detailed
    const counts = await ask.get({ ...of(false), whole: true }, readSessions)
    return counts.ok ? { ...counts, partial: `sessions by release: ${detailed.reason}` } : counts
  }

  async function crashingIn(source: string, project: string, named: readonly string[] | null) {
    const params = crashingIssuesParams(project, named)
    const what = about(source, 'crashing-issues', 'issues/', params)
    return ask.get(what, (body, headers) => readIssuePage(body, headers, clock.now()))
  }

  return {
    environments,
    projects,
    listIssues(question) {
      const { source, project, environments } = question
      const params = issueListParams(question)
      const what = about(source, 'list-issues', 'issues/', [...params, ...(project === null ? scopeOf(source) : [])])
      const whole = project === null && environments.length === 0
      return ask.get({ ...what, whole }, (body, headers) => readIssuePage(body, headers, clock.now()))
    },
    sessions({ source, production }) {
      const key = JSON.stringify([keyOf(source, 'project-sessions'), production])
      return answers.once(
        key,
        async () => {
          const counts = await sessionCounts(source)
          if (!counts.ok) return counts
          const known = await projectsIn(source, counts.value)
          const value = toProjectSessions(counts.value, known.ok ? known.value : [], production, clock.now())
          const gaps = [counts.partial, known.ok ? undefined : `names of projects: ${known.reason}`]
          const partial = gaps.filter(gap => gap !== undefined).join('; ')
          return partial === '' ? { ok: true, value } : { ok: true, value, partial }
        },
        true,
      )
    },
    unhandled({ source, production, minutes }) {
      const key = JSON.stringify([keyOf(source, 'unhandled'), production, minutes])
      const params = [...unhandledParams({ production, minutes }), ...scopeOf(source)]
      const what = { ...about(source, 'unhandled', 'events/', params), whole: true }
      return answers.once(key, () => ask.get(what, readUnhandled), true)
    },
    crashingIssues({ source, project, production }) {
      const key = JSON.stringify([keyOf(source, 'crashing-issues'), project, production])
      return answers.once(
        key,
        async (): Promise<Answer<ListedIssue[]>> => {
          const known = await environments(source)
          if (!known.ok) return known
          // Sentry answers 404 to a name that does not exist, and a filter by name hides events that name none.
          const named = known.value.filter(name => isProduction(name, production))
          const lists = await Promise.all([
            ...(named.length === 0 ? [] : [crashingIn(source, project, named)]),
            crashingIn(source, project, null),
          ])
          const answered = lists.flatMap(list => (list.ok ? [list.value] : []))
          const missing = lists.flatMap(list => (list.ok ? [] : [list]))
          if (answered.length === 0 && missing[0] !== undefined) return missing[0]
          const value = mostUsersFirst(answered.flatMap(page => page.issues))
          return missing[0] === undefined ? { ok: true, value } : { ok: true, value, partial: missing[0].reason }
        },
        true,
      )
    },
  }
}
