import { moreSevere } from '../classify/severity.ts'
import type { Action } from '../incidents/change.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Destination } from './destination.ts'
import { NOTHING_TRIED_YET, type Notification, type NotificationKind } from './notification.ts'
import { notificationId } from './notification-id.ts'

export interface OweContext {
  /** Every notification the incident ever had, oldest first. */
  earlier: readonly Notification[]
  /** Kind of a destination; null when it no longer exists. */
  kindOf(destination: string): Destination['kind'] | null
  /** Kinds that may wake someone. */
  pages(kind: Destination['kind']): boolean
  /** When the webhook behind the change was received. */
  causedAt: number
  now: number
}

/** Two lives may be closed at one destination in one step. */
function idKind({ kind, generation }: Wanted): string {
  return generation === undefined ? kind : `${kind}-g${generation}`
}

interface Wanted {
  destination: string
  /** Of an earlier life; absent: of this one. */
  generation?: number
  kind: NotificationKind
  mention: string | null
  reason: string
}

/**
 * Who must hear of a change, and how: pure. One new message per opening or raise and target; older messages are
 * brought up to date; a resolve goes to everyone who was told in this life. What is muted or held back is not owed.
 */
export function oweNotifications(
  next: Incident,
  action: Action,
  material: boolean,
  reason: string,
  context: OweContext,
): Notification[] {
  const wanted = wantedFor(next, action, material, reason, context)
  const firstSeq = Math.max(0, ...context.earlier.map(item => item.seq)) + 1
  return wanted.map((want, index) => ({
    ...NOTHING_TRIED_YET,
    id: notificationId(next.id, next.rev, 0, want.destination, idKind(want)),
    incident: next.id,
    generation: want.generation ?? next.generation,
    seq: firstSeq + index,
    kind: want.kind,
    destination: want.destination,
    mention: want.mention,
    step: 0,
    severity: next.severity,
    reason: want.reason,
    owedAt: context.now,
    causedAt: context.causedAt,
  }))
}

function wantedFor(next: Incident, action: Action, material: boolean, reason: string, context: OweContext): Wanted[] {
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
    told
      .filter(destination => !pages(destination) && !hasOwedEdit(destination, context))
      .map(destination => ({ destination, kind: 'edit', mention: null, reason }))

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
            one => one.kind === 'resolve' && one.generation === item.generation && one.destination === item.destination,
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
      if (next.muted !== null) return edits()
      const targets = firstTargets(next).filter(target => next.quiet === null || !pages(target.destination))
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
    case 'resolve':
      return [...new Set(news.map(item => item.destination))]
        .filter(destination => next.faded !== 'posts' || !pages(destination))
        .map(destination => ({ destination, kind: 'resolve', mention: null, reason }))
    default:
      return material ? edits() : []
  }
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

/** The news of this life of the incident, one for each time somewhere was told, or is about to be. */
function newsOf(incident: Incident, context: OweContext): Notification[] {
  return context.earlier.filter(item => item.generation === incident.generation && isNews(item))
}

function isNews(item: Notification): boolean {
  const news = item.kind === 'open' || item.kind === 'raise' || item.kind === 'fallback'
  return news && (isAlive(item) || mayHaveArrived(item))
}

function sameTarget(a: Wanted, b: Wanted): boolean {
  return a.destination === b.destination && a.generation === b.generation
}

function isAlive(item: Notification): boolean {
  return item.status !== 'dead' && item.status !== 'dropped'
}

/** A failure that may have been accepted: what is over must be said there all the same. */
function mayHaveArrived(item: Notification): boolean {
  return item.ambiguous || item.reference !== null
}

/** Content is made when it is sent: an edit that still waits will say the newest anyway. */
function hasOwedEdit(destination: string, context: OweContext): boolean {
  return context.earlier.some(
    item => item.destination === destination && item.kind === 'edit' && item.status === 'owed',
  )
}
