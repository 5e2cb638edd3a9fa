import { moreSevere } from '../classify/severity.ts'
import type { Decision } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Destination } from './destination.ts'
import { NOTHING_TRIED_YET, type Notification } from './notification.ts'
import { notificationId } from './notification-id.ts'
import { toldBeside, updates } from './told-beside.ts'
import type { OweContext, Wanted } from './wanted.ts'
import { isAlive, isNews, mayHaveArrived, newsOf, placesOf } from './where-told.ts'

/** Two lives may be closed at one destination in one step. */
function idKind({ kind, generation, write }: Wanted): string {
  // One change may be two writes: an issue is archived, and the reason goes into a comment.
  if (write !== undefined) return `${kind}-${write.kind}`
  return generation === undefined ? kind : `${kind}-g${generation}`
}

/** Of which two may be owed to one destination by one change. */
type Decided = Pick<Decision, 'action' | 'reason' | 'material' | 'tell'>

/**
 * Who must hear of a change, and how: pure. One new message per opening or raise and target; older messages are
 * brought up to date; a resolve goes to everyone who was told in this life. What is muted or held back is not owed.
 */
export function oweNotifications(next: Incident, decision: Decided, context: OweContext): Notification[] {
  const first = wantedFor(next, decision, context)
  // A post that says that it is back has the thread from then on.
  const posts = decision.action === 'reopen' ? first.filter(({ kind }) => kind === 'open') : []
  const wanted = [...first, ...(decision.tell ?? []).flatMap(tell => toldBeside(next, tell, context, posts))]
  const firstSeq = Math.max(0, ...context.earlier.map(item => item.seq)) + 1
  return wanted.map((want, index) => ({
    ...NOTHING_TRIED_YET,
    id: notificationId(next.id, next.rev, want.step ?? 0, want.destination, idKind(want)),
    incident: next.id,
    generation: want.generation ?? next.generation,
    seq: firstSeq + index,
    kind: want.kind,
    destination: want.destination,
    mention: want.mention,
    step: want.step ?? 0,
    write: want.write ?? null,
    notBefore: want.notBefore ?? 0,
    severity: next.severity,
    reason: want.reason,
    owedAt: context.now,
    causedAt: context.causedAt,
  }))
}

function wantedFor(next: Incident, { action, material, reason }: Decided, context: OweContext): Wanted[] {
  const news = newsOf(next, context)
  const told = [...new Set(news.filter(isAlive).map(item => item.destination))]
  const pages = (destination: string): boolean => {
    const kind = context.kindOf(destination)
    return kind !== null && context.pages(kind)
  }
  const toldAsSevere = (destination: string): boolean =>
    news.some(item => isAlive(item) && item.destination === destination && !moreSevere(next.severity, item.severity))
  /** What still waits is dropped by the resolve before this, and says nothing. */
  const hasArrived = (destination: string): boolean =>
    news.some(
      item => isAlive(item) && item.destination === destination && (item.status !== 'owed' || mayHaveArrived(item)),
    )
  const edits = (): Wanted[] =>
    placesOf(news.filter(isAlive), next)
      .filter(({ destination }) => !pages(destination))
      .filter(({ destination, generation = next.generation }) => !hasOwedEdit(destination, generation, context))
      .map(place => ({ ...place, kind: 'edit', mention: null, reason }))

  /**
   * A page that was left open for a person when its life faded: triggering it again would wake nobody, so it is closed
   * before the new one is opened.
   */
  const left = (): Wanted[] =>
    context.earlier
      .filter(item => item.generation < next.generation && isNews(item) && pages(item.destination))
      .filter(
        item =>
          !context.earlier.some(
            one =>
              one.kind === 'resolve' &&
              isAlive(one) &&
              one.seq > item.seq &&
              one.generation === item.generation &&
              one.destination === item.destination,
          ),
      )
      .map(({ destination, generation }) => ({
        destination,
        generation,
        kind: 'resolve' as const,
        mention: null,
        reason: 'a new life of the incident begins',
      }))
      .filter((want, index, all) => index === all.findIndex(one => sameTarget(one, want)))

  switch (action) {
    case 'open':
    case 'raise':
    case 'reopen':
    case 'speak': {
      // A page that an answer before this had calmed is of no life any more: what speaks up later pages anew.
      if (next.muted !== null || next.silenced !== null) return [...left(), ...edits()]
      const targets = firstTargets(next).filter(
        ({ destination }) => !isHeldBack(next, context.kindOf(destination), context),
      )
      const fresh: Wanted[] = []
      for (const target of targets) {
        // Back within the flap window: the alert is triggered again under its key, the post is edited, not repeated.
        if (action === 'reopen' && !pages(target.destination) && hasArrived(target.destination)) continue
        // Posts are not held back while another incident speaks; while it was muted they were.
        if (action === 'speak' && !pages(target.destination) && toldAsSevere(target.destination)) continue
        fresh.push({ ...target, kind: action === 'raise' ? 'raise' : 'open', reason })
      }
      // The edit of an older post leaves before the new post, so that it finds the older one.
      return [...left(), ...edits(), ...fresh]
    }
    // Less severe by a person's word: who is told of such things hears of it, and nobody is woken.
    case 'lower':
      return [
        ...edits(),
        ...updates(next, reason, context),
        ...firstTargets(next)
          .filter(
            ({ destination }) =>
              next.muted === null && next.silenced === null && next.quiet === null && !pages(destination),
          )
          .filter(({ destination }) => !told.includes(destination))
          .map(({ destination }) => ({ destination, mention: null, kind: 'open' as const, reason })),
      ]
    case 'resolve':
      return placesOf(news, next)
        .filter(({ destination }) => next.faded !== 'posts' || !pages(destination))
        .map(place => ({ ...place, kind: 'resolve', mention: null, reason }))
    // Whoever is paged again is paged under a new generation: then the page of the old one is closed first.
    case 'step':
      return [...left(), ...(material ? edits() : [])]
    default:
      return material ? edits() : []
  }
}

/** Another speaks for it: it does not page; one of a storm does not post either. What waits in a backlog disturbs nobody. */
function isHeldBack({ quiet }: Incident, kind: Destination['kind'] | null, { pages }: OweContext): boolean {
  if (quiet === null || kind === null) return false
  return quiet.holds === 'everything' ? kind !== 'backlog' : pages(kind)
}

/** The targets of the first step of every escalation that goes on, once each. */
function firstTargets(incident: Incident): { destination: string; mention: string | null }[] {
  const seen = new Map<string, { destination: string; mention: string | null }>()
  for (const escalation of incident.escalations) {
    for (const target of escalation.steps[0]?.targets ?? []) {
      if (!seen.has(target.destination)) seen.set(target.destination, target)
    }
  }
  return [...seen.values()]
}

function sameTarget(a: Wanted, b: Wanted): boolean {
  return a.destination === b.destination && a.generation === b.generation
}

/** Content is made when it is sent: an edit that still waits will say the newest anyway. */
function hasOwedEdit(destination: string, generation: number, context: OweContext): boolean {
  return context.earlier.some(
    item =>
      item.destination === destination &&
      item.generation === generation &&
      item.kind === 'edit' &&
      item.status === 'owed',
  )
}
