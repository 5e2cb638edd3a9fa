import type { Incident, TimelineEntry } from '../src/incidents/incident.ts'
import type { Clock } from '../src/platform/clock.ts'
import { MINUTE } from './model/happening.ts'
import type { Webhook } from './model/webhooks.ts'
import { beginningOf, type Playing } from './playing.ts'
import { type ServiceUnderJudge, startServiceUnderJudge } from './service-under-judge.ts'
import { type SentryView, startSentryView } from './stand-ins.ts'
import { type SwitchName, takeAway } from './switches.ts'

/** What was there when all scenarios had played. */
export interface Outcome {
  incidents: Incident[]
  timelines: ReadonlyMap<string, TimelineEntry[]>
  /** Alerts that PagerDuty opened. */
  pages: { dedupKey: string; at: number }[]
  /** Webhooks that the door did not answer as it should have. */
  refused: string[]
  errors: string[]
  delivered: number
  steps: number
  simulatedMs: number
}

/** Deliveries that arrive within the same two seconds are posted together: nobody could tell the difference. */
const QUANTUM_MS = 2_000
/** What is due by itself is looked at this often. */
const GRID_MS = 30_000
/** After the last scenario has ended, what is still due by itself may come. */
const AFTERWARDS_MS = 6 * MINUTE

interface Due {
  at: number
  playing: Playing
  webhook: Webhook
}

/** Plays them all on one timeline, through the real doors, with a clock that only this moves. */
export async function play(
  playings: readonly Playing[],
  seed: number,
  without: readonly SwitchName[],
): Promise<Outcome> {
  let now = beginningOf(seed)
  const clock: Clock = { now: () => now }
  const views: SentryView[] = []
  const main = await startSentryView(
    playings.filter(playing => playing.source === 'default'),
    clock,
    0,
  )
  views.push(main)
  main.follow(now)
  const service = await startServiceUnderJudge(main.standIn.url, clock, seed)
  const outages: (() => void)[] = []
  try {
    if (without.length > 0) await service.editRules(document => takeAway(document, without))
    for (const playing of playings) {
      if (playing.source === 'default') continue
      const view = await startSentryView([playing], clock, playing.scenario.own?.skewMs ?? 0)
      views.push(view)
      view.follow(now)
      outages.push(outagesOf(playing, view, () => now))
      await service.addSource(playing.source, view.standIn.url)
    }
    return await playAll(service)
  } finally {
    await service.stop()
    await Promise.all(views.map(view => view.standIn.close()))
  }

  async function playAll(service: ServiceUnderJudge): Promise<Outcome> {
    const due = deliveries(playings)
    const restarts = playings.flatMap(({ script, zero }) => script.restarts.map(at => zero + at)).sort((a, b) => a - b)
    const began = now
    const end = Math.max(...playings.map(({ scenario, zero }) => zero + scenario.lasts * MINUTE)) + AFTERWARDS_MS
    const refused: string[] = []
    let steps = 0
    let next = 0
    for (let grid = now + GRID_MS; now < end; ) {
      const delivery = due[next]
      const at = Math.min(grid, delivery === undefined ? grid : quantum(delivery.at))
      now = Math.max(now, at)
      steps += 1
      for (const view of views) view.follow(now)
      for (const look of outages) look()
      if (restarts[0] !== undefined && restarts[0] <= now) {
        restarts.shift()
        await service.restart()
      }
      const batch: Due[] = []
      for (; (due[next]?.at ?? Number.POSITIVE_INFINITY) <= now; next += 1) batch.push(due[next] as Due)
      await Promise.all(batch.map(one => post(service, one, refused)))
      await service.settled()
      if (now >= grid) {
        grid = now + GRID_MS
        await service.catchUp()
        await service.settled()
      }
    }
    return { ...(await look(service)), refused, delivered: due.length, steps, simulatedMs: now - began }
  }

  async function look(service: ServiceUnderJudge) {
    const incidents = await service.incidents()
    const timelines = new Map<string, TimelineEntry[]>()
    for (const { id, severity } of incidents) {
      if (severity === 'P0' || severity === 'P1') timelines.set(id, await service.timeline(id))
    }
    const pages = service.pagerduty.alerts.map(({ dedupKey, openedAt }) => ({ dedupKey, at: openedAt }))
    return { incidents, timelines, pages, errors: service.errors }
  }
}

function deliveries(playings: readonly Playing[]): Due[] {
  return playings
    .flatMap(playing => playing.webhooks.map(webhook => ({ at: playing.zero + webhook.arrives, playing, webhook })))
    .sort((a, b) => a.at - b.at)
}

async function post(service: ServiceUnderJudge, { playing, webhook }: Due, refused: string[]): Promise<void> {
  const hookAt = playing.zero + webhook.sent + (playing.scenario.own?.skewMs ?? 0)
  const status = await service.post(playing.source, webhook, hookAt)
  const asked = webhook.forged ? 401 : 202
  if (status !== asked)
    refused.push(`${playing.scenario.name}: ${webhook.name} was answered ${status} instead of ${asked}`)
}

function quantum(at: number): number {
  return Math.ceil(at / QUANTUM_MS) * QUANTUM_MS
}

/** Switches a source's API off and on again, as its scenario says. */
function outagesOf(playing: Playing, view: SentryView, now: () => number): () => void {
  let current: unknown = null
  return () => {
    const at = now() - playing.zero
    const outage = playing.script.outages.find(({ from, to }) => from <= at && at < to) ?? null
    if (outage === current) return
    current = outage
    if (outage === null) view.standIn.heal()
    else view.standIn.fail(outage.fault)
  }
}
