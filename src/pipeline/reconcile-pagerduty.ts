import type { Destination, DestinationSecret } from '../deliver/destination.ts'
import type { Notification, ProviderReference } from '../deliver/notification.ts'
import type { NotificationStore } from '../deliver/notification-store.ts'
import type { Incident } from '../incidents/incident.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { PagerdutyApi, SeenIncident } from '../pagerduty/api-client.ts'
import type { LinkStore } from '../pagerduty/link-store.ts'
import type { TellAgain } from '../pagerduty/tell-again.ts'
import type { PagerdutyWord } from '../pagerduty/word.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { PagerdutyWords } from './pagerduty-word.ts'

export interface ReconcilePagerdutyDeps {
  /** Null: without a token nothing can be asked. */
  api: PagerdutyApi | null
  links: LinkStore
  words: PagerdutyWords
  again: TellAgain
  incidents: Pick<IncidentStore, 'openIds' | 'recentIds' | 'readMany' | 'note'>
  notifications: Pick<NotificationStore, 'list'>
  /** Has a page sent again that PagerDuty took and does not have: in its turn, and only while it still holds. */
  sendAgain(page: Notification, reason: string): Promise<boolean>
  destinationOf(id: string): { destination: Destination; secret: DestinationSecret } | null
  /** Told what was put right, e.g. `acknowledged`, `resolve-again`. */
  onMended(what: string): void
  clock: Clock
  log: Log
}

type Reference = ProviderReference & { provider: 'pagerduty' }
interface Page {
  incident: Incident
  generation: number
  destination: string
  reference: Reference
  /** The newest that was sent there. */
  sent: Notification
}

const EVERY_MS = 3 * 60_000
/** Of 960 requests a minute that the whole account has (developer-docs rest-api-v2/04-Rate-Limits). */
const MOST_ASKED = 120
const SIDE_BY_SIDE = 4
/** Resolved here for longer: who left it open there wants it so. */
const LOOKED_BACK_MS = 24 * 3_600_000
const MOST_RECENT = 200
/** What has just been said may still be on its way, in either direction. */
const SETTLES_MS = 30_000
/** Between PagerDuty's clock, which tells whole seconds, and ours. */
const CLOCKS_DIFFER_MS = 5_000
const NEWS: readonly Notification['kind'][] = ['open', 'raise', 'step', 'fallback']

/**
 * Asks PagerDuty, every few minutes, what it thinks of the incidents that we paged it for, and puts right what a lost
 * webhook or a lost event left apart: what a person said there is heard, what was said here is said again. One process
 * in each round.
 */
export function createReconcilePagerduty(deps: ReconcilePagerdutyDeps) {
  const { api, links, words, clock, log } = deps
  let after = ''
  let troubled: string | null = null
  let running: Promise<void> | null = null

  async function round(asked: PagerdutyApi): Promise<void> {
    if (!(await links.takeRound(clock.now(), EVERY_MS))) return
    const pages = await nextPages()
    let failure: string | null = null
    const worker = async (): Promise<void> => {
      for (let page = pages.shift(); page !== undefined; page = pages.shift()) {
        const reason = await look(asked, page)
        if (reason === null) continue
        failure = reason
        pages.length = 0 // what PagerDuty does not answer now it will in the next round
        return
      }
    }
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker))
    if (failure !== null && failure !== troubled)
      log.warn({ reason: failure }, 'PagerDuty cannot be asked what was decided there')
    troubled = failure
  }

  /** Those that are open here, and those that ended not long ago; each in its turn. */
  async function nextPages(): Promise<Page[]> {
    const { incidents } = deps
    const since = clock.now() - LOOKED_BACK_MS
    const ids = new Set([...(await incidents.openIds()), ...(await incidents.recentIds(false, 0, MOST_RECENT))])
    const all = (await incidents.readMany([...ids]))
      .filter(one => one.status !== 'resolved' || (one.resolvedAt ?? 0) > since)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
    const inTurn = [...all.filter(one => one.id > after), ...all.filter(one => one.id <= after)]
    const pages: Page[] = []
    for (const incident of inTurn) {
      if (pages.length >= MOST_ASKED) break
      pages.push(...(await pagesOf(incident)))
      after = incident.id
    }
    return pages
  }

  /**
   * Nothing of an incident with something still on its way to PagerDuty: that comes first. The page before the one that
   * goes on was closed for it.
   */
  async function pagesOf(incident: Incident): Promise<Page[]> {
    const all = await deps.notifications.list(incident.id)
    const mine = all.filter(
      one =>
        one.generation >= incident.generation - 1 &&
        deps.destinationOf(one.destination)?.destination.kind === 'pagerduty',
    )
    const byKey = new Map<string, Page>()
    for (const one of mine) {
      const { destination, generation, reference } = one
      if (
        reference?.provider !== 'pagerduty' ||
        mine.some(other => other.destination === destination && isMoving(other))
      )
        continue
      if (!NEWS.includes(one.kind)) continue
      byKey.set(`${destination} ${reference.routingKeyId} ${reference.dedupKey}`, {
        ...{ incident, generation, destination, reference, sent: one },
      })
    }
    return [...byKey.values()]
  }

  function isMoving({ status, settledAt }: Notification): boolean {
    if (status === 'owed' || status === 'sending') return true
    return settledAt !== null && clock.now() - settledAt < SETTLES_MS
  }

  /** Null when it is well now; else why it could not be looked at. */
  async function look(asked: PagerdutyApi, page: Page): Promise<string | null> {
    const answer = await asked.incidentsWith(page.reference.dedupKey)
    if (!answer.ok) return answer.reason
    // The last one, unless an earlier one is still open: a reopened incident has two.
    const seen = answer.value.find(one => one.status !== 'resolved') ?? answer.value[0]
    const { incident, destination } = page
    if (seen === undefined) {
      const isWanted = page.generation === incident.generation
      if (isWanted && !(await links.wasMet(incident.id, page.generation))) await sayLost(page, 'knows no alert of it')
      return null
    }
    await words.found(seen.id, { incident: incident.id, generation: page.generation, destination })
    if (page.generation < incident.generation) return seen.status === 'resolved' ? null : closeThere(asked, page, seen)
    return incident.status === 'resolved' ? compareEnded(asked, page, seen) : compareOpen(asked, page, seen)
  }

  async function compareOpen(asked: PagerdutyApi, page: Page, seen: SeenIncident): Promise<string | null> {
    const { incident } = page
    if (seen.status === 'resolved' && seen.mergedInto !== null) {
      const { id, generation } = incident
      await words.found(seen.mergedInto, { incident: id, generation, destination: page.destination })
      return null
    }
    // Whatever ended it came before it was reopened here: it is the page of the reopening that is missing.
    const isPast = seen.status === 'resolved' && seen.changedAt + CLOCKS_DIFFER_MS < incident.openedAt
    if (isPast && !(await links.isSinceReopened({ incident: seen.id, at: seen.changedAt }))) {
      // Its policy may page later, or not at all, this time.
      if (page.sent.owedAt >= incident.openedAt) await sayLost(page, 'has only the alert of before it was reopened')
      return null
    }
    if (seen.status === 'resolved') return hear('resolved', seen)
    if (seen.status === 'acknowledged' && incident.status === 'triggered') {
      const { acknowledged } = seen
      // Our own acknowledgement of before, taken back here since: PagerDuty has no word for that.
      if (acknowledged === null || acknowledged.by.kind === 'integration') return null
      return hear('acknowledged', { ...seen, changedAt: acknowledged.at, changedBy: acknowledged.by })
    }
    if (seen.status === 'triggered' && incident.status === 'acknowledged') {
      const by = incident.acknowledgedBy
      const wasThere = by?.via === 'pagerduty'
      if (wasThere && seen.changedAt > (incident.acknowledgedAt ?? 0)) return hear('unacknowledged', seen)
      return sayAgain(asked, page, seen, 'acknowledge')
    }
    if (seen.status === 'triggered') return keepQuiet(asked, page, seen)
    return null
  }

  /**
   * Silenced or archived here, its page was acknowledged there: when it calls all the same, a timer took that back, or it
   * was lost. A person who did so by hand wants it to call, and so does who escalated it since.
   */
  async function keepQuiet(asked: PagerdutyApi, page: Page, seen: SeenIncident): Promise<string | null> {
    const { silenced, muted } = page.incident
    if (silenced === null && muted === null) return null
    const since = Math.max(silenced?.since ?? 0, muted?.since ?? 0)
    if (page.sent.owedAt > since) return null
    // It may hold others that nobody wants quiet.
    const known = await links.linksOf(seen.id)
    const held = (await deps.incidents.readMany(known.map(({ incident }) => incident))).filter(({ id, generation }) =>
      known.some(link => link.incident === id && link.generation === generation),
    )
    if (held.some(one => one.status !== 'resolved' && one.silenced === null && one.muted === null)) return null
    const { changedAt, changedBy } = seen
    if (changedAt <= since) return sayAgain(asked, page, seen, 'acknowledge')
    return changedBy.kind === 'itself' ? hear('unacknowledged', seen) : null
  }

  /** Left open for a person on purpose, reopened there by one, or never told: only the last is put right from here. */
  async function compareEnded(asked: PagerdutyApi, page: Page, seen: SeenIncident): Promise<string | null> {
    const { incident } = page
    if (seen.status === 'resolved' || incident.faded === 'posts') return null
    const { changedAt, changedBy } = seen
    if (changedBy.kind === 'person' && changedAt > (incident.resolvedAt ?? 0) && seen.status === 'triggered')
      return hear('reopened', seen)
    return closeThere(asked, page, seen)
  }

  /** It may hold other alerts, and be open for their sake. */
  async function closeThere(asked: PagerdutyApi, page: Page, seen: SeenIncident): Promise<string | null> {
    const alerts = await asked.alertsOf(seen.id)
    if (!alerts.ok) return alerts.reason
    const open = alerts.value.filter(alert => alert.status !== 'resolved')
    if (!open.some(alert => alert.dedupKey === page.reference.dedupKey)) return null
    return sayAgain(asked, page, seen, 'resolve', open.length === 1)
  }

  /**
   * PagerDuty took the page and has none: nobody was called. It shows what was resolved, too, so nobody has answered
   * there either. Sent once more, under the same key: were it there after all, it would only join its alert. If that is
   * not to be found again, only a person can find out why.
   */
  async function sayLost({ incident, destination, sent }: Page, what: string): Promise<void> {
    const { id, status, generation, openedAt, severity } = incident
    const isHeld = incident.muted !== null || incident.silenced !== null || incident.quiet !== null
    if (status !== 'triggered' || isHeld || sent.status !== 'sent') return
    const page = `${id} ${generation} ${openedAt} ${destination}`
    const times = await links.timesLost(page)
    if (times > 1) return
    if (times === 0) {
      if (!(await deps.sendAgain(sent, `PagerDuty ${what}: the page is sent again`))) return
      await links.countLost(page)
      deps.onMended('trigger-again')
      log.warn({ incident: id, destination }, 'PagerDuty took a page and does not know of it: it is sent again')
      return
    }
    deps.onMended('page-not-found')
    const reason = `PagerDuty takes pages for ${destination} and ${what}: look at its integration key, at its event orchestration, and at what PAGERDUTY_API_TOKEN may see`
    const entry = { severity, by: null, signal: null, notification: sent.id }
    await deps.incidents.note(id, [{ at: clock.now(), what: 'delivery-failed', reason, ...entry }])
    await links.countLost(page)
    log.error({ incident: id, destination }, reason)
  }

  /** As if its webhook had come: whatever came after it since wins there, too. */
  async function hear(type: PagerdutyWord['type'], seen: SeenIncident): Promise<null> {
    const { id: incident, changedAt: at, changedBy: agent } = seen
    const word: PagerdutyWord = {
      ...{ id: `found-${incident}-${type}-${at}`, type, at, incident, agent },
      ...{ clientUrl: null, openedAt: seen.createdAt, mergedInto: null, assignees: [], text: null },
    }
    const outcome = await words.hearWord(word)
    if (outcome.outcome !== 'nothing-to-do') {
      deps.onMended(type)
      log.warn({ incident: outcome.incident, pagerduty: incident, type }, 'PagerDuty knew what no webhook had told')
    }
    return null
  }

  async function sayAgain(
    asked: PagerdutyApi,
    { incident, destination, reference }: Page,
    seen: SeenIncident,
    action: 'acknowledge' | 'resolve',
    alone = true,
  ): Promise<string | null> {
    const place = deps.destinationOf(destination)
    if (place?.destination.kind !== 'pagerduty') return null
    const { url } = place.destination
    let failure = await deps.again.tell(
      action,
      { url, routingKey: place.secret.routingKey ?? '' },
      reference,
      clock.now(),
    )
    // Through its API the whole incident is changed, whoever else's alerts it holds.
    if (failure?.rotated === true && alone && asked.canWrite) {
      const word = action === 'resolve' ? 'resolved' : 'acknowledged'
      await links.changedByUs(seen.id, word)
      const answer = await asked.setStatus(seen.id, word)
      failure = answer.ok ? null : { reason: answer.reason, rotated: false }
    }
    if (failure !== null) {
      const details = { incident: incident.id, destination, reason: failure.reason }
      log.warn(details, `PagerDuty still has it open: ${action} it there by hand`)
      return null
    }
    deps.onMended(`${action}-again`)
    const reason = `PagerDuty did not know of it: ${action} told again to ${destination}`
    const entry = { severity: incident.severity, by: null, signal: null, notification: null }
    await deps.incidents.note(incident.id, [{ at: clock.now(), what: 'synced', reason, ...entry }])
    log.warn({ incident: incident.id, destination, action }, 'PagerDuty was told again')
    return null
  }

  return {
    /** Does a round if one is due; never two at a time. Throws nothing. */
    async run(): Promise<void> {
      if (api === null) return
      running ??= round(api)
        .catch(error => log.warn({ err: error }, 'looking at PagerDuty failed; again in the next round'))
        .finally(() => {
          running = null
        })
      await running
    },
  }
}

export type ReconcilePagerduty = ReturnType<typeof createReconcilePagerduty>
