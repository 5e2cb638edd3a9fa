import type { Tell } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import { sentryDestination } from './destination.ts'
import type { OweContext, Wanted } from './wanted.ts'
import { isNews, newsOf, type Place, placesOf } from './where-told.ts'

/** A page is brought up to date no oftener: its provider's pace is for pages. */
const UPDATE_AFTER_MS = 10_000
const UPDATED_FOR_MS = 3_600_000

/** Where the policy would post next, when nothing was posted yet; null: something was, or it never does. */
function firstPost({ escalations }: Incident, places: readonly Place[], { kindOf }: OweContext): string | null {
  if (places.some(({ destination }) => kindOf(destination) === 'slack')) return null
  const targets = escalations.flatMap(({ steps }) => steps.flatMap(step => step.targets))
  return targets.find(({ destination }) => kindOf(destination) === 'slack')?.destination ?? null
}

/** What a decision asks to be told beside what its action asks for by itself. */
export function toldBeside(next: Incident, tell: Tell, context: OweContext, posts: readonly Wanted[]): Wanted[] {
  const { reason } = tell
  if (tell.to === 'target') {
    const { destination, mention, step } = tell
    return [{ destination, mention, step, kind: 'step', reason }]
  }
  if (tell.to === 'sentry')
    return [{ destination: sentryDestination(next.source), mention: null, kind: 'write', write: tell.write, reason }]
  if (tell.to === 'backlog') return inBacklog(next, reason, context)
  if (tell.to === 'pages' && tell.say === 'update') return updates(next, reason, context)
  const kinds = tell.to === 'pages' ? 'acknowledge' : 'thread'
  const except = tell.to === 'pages' ? (tell.except ?? null) : null
  const mention = tell.to === 'posts' ? (tell.mention ?? null) : null
  const opened = tell.to === 'posts' ? posts.map(({ destination }): Place => ({ destination })) : []
  const places = [...placesOf(newsOf(next, context), next), ...opened]
  const first = tell.to === 'posts' && tell.orPost === true ? firstPost(next, places, context) : null
  if (first !== null)
    return [
      { destination: first, mention, kind: 'open', reason },
      { destination: first, mention: null, kind: kinds, reason },
    ]
  // Of several posts in one channel the newest has the thread.
  return places
    .filter(({ destination }, index) => places.findLastIndex(one => one.destination === destination) === index)
    .filter(({ destination }) => {
      const kind = context.kindOf(destination)
      return kind !== null && destination !== except && (tell.to === 'pages' ? context.pages(kind) : kind === 'slack')
    })
    .map(place => ({ ...place, mention, kind: kinds, reason }))
}

/**
 * Pages that are open say what is so by now, all that came within a while at once. What has not left yet will say it
 * anyway. One that is old may have been closed there by a timer, and saying more would open it, and wake somebody, anew.
 */
export function updates(next: Incident, reason: string, { earlier, kindOf, pages, now }: OweContext): Wanted[] {
  const open = earlier.filter(
    item =>
      item.generation === next.generation && isNews(item) && item.attempts > 0 && now - item.owedAt < UPDATED_FOR_MS,
  )
  return [...new Set(open.map(item => item.destination))]
    .filter(destination => {
      const kind = kindOf(destination)
      const waits = earlier.some(
        item => item.kind === 'update' && item.status === 'owed' && item.destination === destination,
      )
      return kind !== null && pages(kind) && !waits
    })
    .map(destination => ({ destination, kind: 'update', mention: null, reason, notBefore: now + UPDATE_AFTER_MS }))
}

/** One entry for one life of the incident, however often it is paged again. */
function inBacklog(next: Incident, reason: string, context: OweContext): Wanted[] {
  const { backlog = null } = context
  if (backlog === null) return []
  const place = placesOf(newsOf(next, context), next).find(({ destination }) => destination === backlog)
  return [{ ...(place ?? { destination: backlog }), mention: null, kind: 'step', reason }]
}
