import { setTimeout as sleep } from 'node:timers/promises'
import type { Incident } from '../src/incidents/incident.ts'
import { pagerdutyDedupKey } from '../src/pagerduty/dedup-key.ts'
import type { DeliveryRecord } from '../src/signals/delivery.ts'
import type { Load } from './load.ts'
import { type OperatorsView, operatorsView } from './operators-view.ts'
import { seconds, type Writer } from './report.ts'
import type { Stage } from './stage.ts'
import { awaitOutcomes, openStoreView } from './store-view.ts'

/** Every delivery is handled within this long after the last was sent. */
const OUTCOMES_WITHIN_MS = 45_000
/** PagerDuty's pacing: 20 at once, then one every 625 ms. */
const PAGES_WITHIN_MS = 35_000
/** As the environment seeds it. */
const PAGER = 'pagerduty-oncall'
/** Asked over REST one by one; the rest is read from the store, because REST answers 600 a minute. */
const ASKED_OVER_REST = 200

/** What must hold after any fault: waits, bounded, until the work is done, then looks. Answers all outcomes. */
export async function checkPromises(
  writer: Writer,
  { stage, url, load }: { stage: Stage; url: string; load: Load },
): Promise<Map<string, DeliveryRecord>> {
  const { answered } = load
  const mustBe = new Set<string>()
  const mustPage = new Set<string>()
  for (const { incident, dataLoss } of answered.values()) {
    if (incident !== null) mustBe.add(incident)
    if (incident !== null && dataLoss) mustPage.add(incident)
  }

  const view = openStoreView(stage.dataDir)
  const operators = operatorsView(url, stage.env.ADMIN_API_KEY ?? '')
  try {
    const outcomes = await awaitOutcomes(view, answered.keys(), OUTCOMES_WITHIN_MS)
    await untilPaged(stage, operators, mustPage.size)
    const incidents = await operators.incidents()

    writer.figure('answered 202 / 503 / cut off', `${answered.size} / ${load.refused()} / ${load.cutOff()}`)
    writer.figure('slowest answer of the door', `${load.slowest().toFixed(0)} ms`)
    writer.figure('outcomes', tally([...outcomes.values()].map(record => record.outcome)))
    writer.figure('incidents', `${incidents.length}: ${tally(incidents.map(one => one.severity))}`)

    writer.check(
      'the door answers only 202 or 503',
      load.strange.size === 0,
      tallyOf(load.strange) || 'no other answer',
    )
    const without = answered.size - outcomes.size
    writer.check('every delivery answered 202 has an outcome', without === 0, `${outcomes.size} of ${answered.size}`)
    const unhappy = [...outcomes.values()].filter(({ outcome }) => outcome === 'failed' || outcome === 'quarantined')
    writer.check('none failed', unhappy.length === 0, unhappy[0]?.reason ?? 'none')
    checkOpenedOnce(writer, outcomes)
    const there = mustBe.intersection(new Set(incidents.map(one => one.id))).size
    writer.check('every issue and monitor has its incident', there === mustBe.size, `${there} of ${mustBe.size}`)
    writer.check('and there is no other', incidents.length === mustBe.size, `${incidents.length} incidents`)
    checkPages(writer, stage, incidents, mustPage)
    checkPosts(writer, stage)

    const later = await view.outcomes(answered.keys())
    const changed = [...outcomes].filter(([id, record]) => later.get(id)?.handledAt !== record.handledAt)
    writer.check('and it is the only one: it stays as it is', changed.length === 0, `${changed.length} changed`)
    let same = 0
    const asked = [...outcomes.values()].slice(-ASKED_OVER_REST)
    for (const record of asked) if ((await operators.delivery(record.id))?.outcome === record.outcome) same += 1
    writer.check('REST tells the same outcomes', same === asked.length, `${same} of ${asked.length} asked`)
    return outcomes
  } finally {
    view.close()
  }
}

/** Until every page is there and none is left to be sent: one that is told twice would come later. */
async function untilPaged({ pagerduty }: Stage, operators: OperatorsView, count: number): Promise<void> {
  const end = performance.now() + PAGES_WITHIN_MS
  while (performance.now() < end) {
    if (pagerduty.openAlerts().length >= count && (await operators.queued(PAGER)) === 0) return
    await sleep(500)
  }
}

function checkOpenedOnce(writer: Writer, outcomes: ReadonlyMap<string, DeliveryRecord>): void {
  const opened = [...outcomes.values()].filter(({ outcome }) => outcome === 'opened').map(({ incident }) => incident)
  const twice = opened.length - new Set(opened).size
  writer.check('no incident was opened by two deliveries', twice === 0, `${opened.length} opened, ${twice} twice`)
}

function checkPages(writer: Writer, { pagerduty }: Stage, incidents: Incident[], mustPage: Set<string>): void {
  const open = pagerduty.openAlerts()
  const paged = incidents.filter(one => mustPage.has(one.id))
  const right = paged.filter(one => open.filter(alert => alert.dedupKey === pagerdutyDedupKey(one)).length === 1)
  const promise = 'each data loss has exactly one open alert'
  writer.check(promise, right.length === mustPage.size, `${right.length} of ${mustPage.size}`)
  const ever = pagerduty.alerts.length
  writer.check('and never had another; nobody else is paged', ever === mustPage.size, `${ever} alerts were ever opened`)
  const again = pagerduty.alerts.flatMap(alert => alert.log.slice(1)).length
  const times = pagerduty.alerts.map(alert => alert.openedAt)
  if (times.length > 0) writer.figure('pages, first to last', seconds(Math.max(...times) - Math.min(...times)))
  writer.figure('triggers told twice under one key', again)
}

function checkPosts(writer: Writer, { slack }: Stage): void {
  const told = slack.posts.map(post => String(post.metadata?.event_payload.notification ?? ''))
  const twice = told.length - new Set(told).size
  writer.check(
    'no post stands twice in Slack',
    twice === 0 && !told.includes(''),
    `${told.length} so far, ${twice} twice`,
  )
}

function tally(names: readonly string[]): string {
  return tallyOf(new Map([...Map.groupBy(names, name => name)].map(([name, all]) => [name, all.length])))
}

function tallyOf(counts: ReadonlyMap<string | number, number>): string {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}
