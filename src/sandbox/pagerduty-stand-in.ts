import { type Clock, systemClock } from '../platform/clock.ts'
import { type PagerdutyStandInEvent, readPagerdutyEvent } from './pagerduty-event-rules.ts'
import { createStandInIncidents, type StandInIncidents } from './pagerduty-incidents.ts'
import { answerPagerdutyRest } from './pagerduty-rest.ts'
import { createStandInWebhooks, type StandInWebhooks } from './pagerduty-webhooks.ts'
import { createFaults, type Faults, type StandInAnswer } from './stand-in-fault.ts'
import { startStandInServer } from './stand-in-server.ts'

/** An alert as PagerDuty would hold it: at most one open per routing key and dedup key. */
export interface StandInAlert {
  id: string
  routingKey: string
  dedupKey: string
  status: 'triggered' | 'acknowledged' | 'resolved'
  /** As of the first trigger; what later triggers said is in the log. */
  event: PagerdutyStandInEvent
  openedAt: number
  log: { at: number; action: 'trigger' | 'acknowledge' | 'resolve'; summary: string | null }[]
}

export interface StandInRequest {
  at: number
  path: string
  body: unknown
  /** What was answered, when the request got as far as that. */
  status: number | null
  errors: string[]
}

export interface PagerdutyStandIn extends Faults {
  url: string
  /** Oldest first; the newest 20,000. */
  alerts: StandInAlert[]
  requests: StandInRequest[]
  openAlerts(): StandInAlert[]
  /** What its REST API was asked, e.g. `GET /incidents?…`. */
  asks: string[]
  /** What people see there, and may do. */
  incidents: StandInIncidents
  /** What they do is told to whoever subscribed. */
  webhooks: StandInWebhooks
  clear(): void
  close(): Promise<void>
}

const MOST_KEPT = 20_000
/** Above the documented 512 KB, so that too large an event is answered 400 and not cut off. */
const MOST_BODY = 2_000_000

/**
 * PagerDuty's Events API v2 on loopback, with its incidents, its webhooks and as much of its REST API as is asked for, with its documented semantics (developer-docs 02-Trigger-Events): a trigger of
 * an open alert attaches to it, after a resolve it is a new alert; acknowledge and resolve of nothing are dropped.
 */
export async function startPagerdutyStandIn(
  options: { port?: number; host?: string; clock?: Clock; apiToken?: string } = {},
): Promise<PagerdutyStandIn> {
  const clock = options.clock ?? systemClock
  const alerts: StandInAlert[] = []
  const requests: StandInRequest[] = []
  const asks: string[] = []
  const open = new Map<string, StandInAlert>()
  const faults = createFaults(usualRefusal)
  let made = 0
  const webhooks = createStandInWebhooks()
  const keyOf = (alert: StandInAlert) => `${alert.routingKey} ${alert.dedupKey}`
  const incidents = createStandInIncidents({
    now: clock.now,
    webhooks,
    onClosed: alert => void (open.get(keyOf(alert)) === alert && open.delete(keyOf(alert))),
    onReopened: alert => void open.set(keyOf(alert), alert),
  })

  function take(event: PagerdutyStandInEvent): string {
    made += 1
    const dedupKey = event.dedup_key ?? `generated-${made}`
    const key = `${event.routing_key} ${dedupKey}`
    const entry = { at: clock.now(), action: event.event_action, summary: event.payload?.summary ?? null }
    const known = open.get(key)
    if (known !== undefined) {
      known.log.push(entry)
      if (event.event_action === 'acknowledge') {
        known.status = 'acknowledged'
        incidents.acknowledgedByEvent(known)
      }
      if (event.event_action === 'resolve') {
        known.status = 'resolved'
        open.delete(key)
        incidents.resolvedByEvent(known)
      }
    } else if (event.event_action === 'trigger') {
      const routingKey = event.routing_key
      const alert: StandInAlert = {
        id: `PD${made}`,
        routingKey,
        dedupKey,
        status: 'triggered',
        event,
        openedAt: entry.at,
        log: [entry],
      }
      open.set(key, alert)
      keep(alerts, alert)
      incidents.open(alert)
    }
    return dedupKey
  }

  function act(request: StandInRequest): StandInAnswer {
    const read = readPagerdutyEvent(request.body)
    if (request.path !== '/v2/enqueue') return said(request, 404, { status: 'not found', message: 'Not found' })
    if (!read.ok) {
      request.errors = read.errors
      const body = { status: 'invalid event', message: 'Event object is invalid', errors: read.errors }
      return said(request, 400, body)
    }
    const dedupKey = take(read.event)
    return said(request, 202, { status: 'success', message: 'Event processed', dedup_key: dedupKey })
  }

  const server = await startStandInServer({ ...options, mostBytes: MOST_BODY }, (incoming, text, response) => {
    const url = URL.parse(incoming.url ?? '/', 'http://localhost') ?? new URL('http://localhost/')
    const path = url.pathname
    if (/^\/incidents(?:\/|$)/.test(path)) {
      const asked = { method: incoming.method ?? 'GET', url, headers: incoming.headers, body: parse(text) }
      asks.push(`${asked.method} ${path}${url.search}`)
      void faults.answer(incoming, response, () => answerPagerdutyRest(incidents, asked, options.apiToken ?? null))
      return
    }
    const request: StandInRequest = { at: clock.now(), path, body: parse(text), status: null, errors: [] }
    keep(requests, request)
    void faults.answer(incoming, response, () => act(request))
  })

  return {
    url: server.url,
    alerts,
    requests,
    incidents,
    webhooks,
    asks,
    openAlerts: () => [...open.values()],
    fail: faults.fail,
    heal: faults.heal,
    clear() {
      alerts.length = 0
      requests.length = 0
      asks.length = 0
      incidents.clear()
      webhooks.clear()
      open.clear()
    },
    close: server.close,
  }
}

function said(request: StandInRequest, status: number, body: object): StandInAnswer {
  request.status = status
  return { status, body: JSON.stringify(body) }
}

/** go-pagerduty's tests show this 429; an older page of PagerDuty shows one without a body. */
function usualRefusal(status: number): StandInAnswer {
  const body =
    status === 429
      ? {
          status: 'throttle exceeded',
          message: 'Requests for this service are arriving too quickly.  Please retry later.',
        }
      : { status: 'error', message: `stand-in fault ${status}` }
  return { status, body: JSON.stringify(body) }
}

function keep<T>(list: T[], item: T): void {
  list.push(item)
  if (list.length > MOST_KEPT) list.splice(0, MOST_KEPT / 10)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
