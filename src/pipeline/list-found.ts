import type { Answer } from '../measure/impact-source.ts'
import { isProduction } from '../measure/production.ts'
import type { IssuePage, ListQuestion, Survey } from '../measure/survey.ts'
import type { Clock } from '../platform/clock.ts'
import type { Found } from './find-missed.ts'

export interface Listed {
  /** Those in production first, each oldest first, by when Sentry saw them last. */
  found: Found[]
  /** Nothing that Sentry saw before this moment is missing, by Sentry's clock, ms. */
  asOf: number
  /** Our clock minus Sentry's, about: what `asOf` was by our clock is this much later. */
  offset: number
}

export interface Span {
  /** By Sentry's clock, ms. */
  from: number
  /** null: up to now. */
  to: number | null
}

/** A bound, should the pages never end: fifty thousand issues. */
const MOST_PAGES = 500
/** Of issues that are asked for by id. */
export const MOST_BY_ID = 50
const HOUR_MS = 3_600_000

/** Asks Sentry's lists. An answer that fails fails the whole: half a list would be taken for all there is. */
export function createListFound(survey: Survey, clock: Clock) {
  /** Everything with events in the span: in the production environments that exist, then in every environment. */
  async function listSpan(source: string, production: readonly string[], span: Span): Promise<Answer<Listed>> {
    const named = await survey.environments(source)
    if (!named.ok) return named
    const environments = named.value.filter(name => isProduction(name, production))
    const all = new Map<string, Found>()
    const askedAt = clock.now()
    let asOf = Number.POSITIVE_INFINITY
    for (const where of environments.length === 0 ? [[]] : [environments, []]) {
      const question = { source, project: null, environments: where, span: spanOf(span, clock.now()) }
      const inProduction = where.length > 0 ? true : environments.length > 0 ? false : null
      const listed = await pagesOf(question, span.from, page => {
        asOf = Math.min(asOf, page.asOf)
        for (const issue of page.issues) {
          // Found in production first: the users there are the ones that count.
          const before = all.get(issue.issue)
          if (before === undefined) all.set(issue.issue, { issue, inProduction, asOf: page.asOf })
        }
      })
      if (!listed.ok) return listed
    }
    const found = [...all.values()].sort(
      (a, b) =>
        Number(b.inProduction === true) - Number(a.inProduction === true) ||
        (a.issue.lastSeen ?? 0) - (b.issue.lastSeen ?? 0),
    )
    return { ok: true, value: { found, asOf, offset: askedAt - asOf } }
  }

  async function pagesOf(
    question: Omit<ListQuestion, 'cursor'>,
    from: number,
    take: (page: IssuePage & { asOf: number }) => void,
  ): Promise<Answer<null>> {
    let cursor: string | null = null
    for (let count = 0; count < MOST_PAGES; count++) {
      const page: Answer<IssuePage & { asOf: number }> = await ask({ ...question, cursor })
      if (!page.ok) return page
      take(page.value)
      cursor = page.value.next
      // Newest first: from here on everything was reconciled before.
      const older = page.value.issues.some(({ lastSeen }) => lastSeen !== null && lastSeen < from)
      if (cursor === null || older) break
    }
    return { ok: true, value: null }
  }

  async function ask(question: ListQuestion): Promise<Answer<IssuePage & { asOf: number }>> {
    const askedAt = clock.now()
    const page = await survey.listIssues(question)
    return page.ok ? { ok: true, value: { ...page.value, asOf: stateOf(page.value.at, clock.now() - askedAt) } } : page
  }

  return {
    listSpan,
    /** These issues as they are now, whenever they were seen; those that are gone are left out. */
    async listThese(source: string, issues: readonly string[]): Promise<Answer<Found[]>> {
      const question = { source, project: null, environments: [], span: null, cursor: null, issues }
      const page = await ask(question)
      if (!page.ok) return page
      const { asOf } = page.value
      // Without a span their users are those of their whole life.
      const found = page.value.issues
        .filter(({ issue }) => issues.includes(issue))
        .map(issue => ({ issue: { ...issue, users: null, events: null }, inProduction: null, asOf }))
      return { ok: true, value: found }
    },
  }
}

/** What happened within the last hour is asked for as that hour: then the users in the list are those of an hour. */
function spanOf({ from, to }: Span, now: number): ListQuestion['span'] {
  if (to === null && now - from <= HOUR_MS) return null
  return { from, to: to ?? now }
}

/**
 * The moment that a page's state is as of at the earliest: when the question was sent. A second is taken off because a
 * webhook's own time has whole seconds, rounded down: one that tells of a later change must not look older.
 */
function stateOf(at: number, tookMs: number): number {
  return Math.floor((at - Math.max(0, tookMs)) / 1_000) * 1_000 - 1_000
}

export type ListFound = ReturnType<typeof createListFound>
