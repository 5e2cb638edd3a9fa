import type { Notification } from '../../src/deliver/notification.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { pagerdutyDedupKey } from '../../src/pagerduty/dedup-key.ts'
import { stepAt } from '../../src/route/steps-due.ts'
import { type Life, type Lives, PAGE } from './lives.ts'
import { SECOND } from './make.ts'

/** What is promised of a life, at every moment and in the end. */
export function promisesOf({ incidents, notifications, pagerduty, slack, openAlerts, restarted }: Lives) {
  const NEWS: readonly Notification['kind'][] = ['open', 'raise', 'step', 'fallback']
  const isNews = ({ kind }: Notification) => NEWS.includes(kind)

  function must(so: boolean, what: string, ...seen: unknown[]): void {
    if (!so) throw new Error(`${what}: ${JSON.stringify(seen)}`)
  }

  /** What holds at every moment, whatever is still on its way. */
  async function look(life: Life): Promise<void> {
    const incident = await incidents.read(life.id)
    const open = openAlerts(life)
    must(open.length <= 1, 'two alerts are open for one incident', open)
    const keys = new Set<string>()
    for (const { body } of pagerduty.requests.slice(life.from)) {
      const { dedup_key: key, event_action: action } = body as { dedup_key: string; event_action: string }
      if (action === 'trigger') keys.add(key)
      else if (key.startsWith(`${life.key}:g`)) must(keys.has(key), `PagerDuty heard ${action} before any trigger`, key)
    }
    if (incident === null) return
    must(incident.stepAt === stepAt(incident), 'its timer is not what its escalations say', incident)
    if (incident.status === 'triggered' && incident.severity === 'P0' && incident.muted === null) {
      must(
        stepAt(incident) !== null || lastStepTold(incident),
        'a P0 that nobody answers and nothing leads on',
        incident,
      )
      if (incident.silenced !== null) return
      const mine = (await notifications.list(life.id)).filter(
        item => item.destination === PAGE && item.generation === incident.generation && isNews(item),
      )
      must(
        mine.some(({ status }) => status !== 'dropped'),
        'a P0 for which nobody is paged',
        incident,
        mine,
      )
    }
  }

  /** Given up, but perhaps an attempt was taken. */
  const mayBeThere = ({ status, reference }: Notification) =>
    status === 'sent' || (status === 'dead' && reference !== null)

  function lastStepTold({ escalations }: Incident): boolean {
    return (
      escalations.length > 0 &&
      escalations.every(({ dueAt, step, steps }) => dueAt === null && step === steps.length - 1)
    )
  }

  /** Providers are well again, and everything that is owed or due has had its time: then all sides say the same. */
  async function agreed(life: Life): Promise<void> {
    pagerduty.heal()
    slack.heal()
    await restarted(life)
    for (let round = 0; round < 3; round++) {
      await life.process.sweep()
      await life.process.workOff()
      life.clock.wind(31 * SECOND)
      await life.process.escalate()
      await life.process.workOff()
    }
    await look(life)
    const incident = await incidents.read(life.id)
    if (incident === null) return
    must(incident.stepAt === null || incident.stepAt > life.clock.now(), 'what is due is not told', incident)
    const all = await notifications.list(life.id)
    const unsettled = all.filter(({ status }) => status === 'owed' || status === 'sending')
    must(unsettled.length === 0, 'something is owed for ever', unsettled)
    const over = incident.status === 'resolved'
    // What was paged and resolved is open again from its next page on: reopened, its escalation begins anew.
    const last = all
      .filter(item => item.destination === PAGE && item.generation === incident.generation && mayBeThere(item))
      .filter(item => isNews(item) || item.kind === 'resolve')
      .toSorted((a, b) => a.seq - b.seq)
      .at(-1)
    const paged = last !== undefined && isNews(last)
    const open = openAlerts(life)
    const wanted = !over && paged ? [pagerdutyDedupKey(incident)] : []
    if (incident.faded !== 'posts') {
      const said = open.map(({ dedupKey }) => dedupKey)
      const mayBeGone = last?.status === 'dead' && said.length === 0
      must(
        mayBeGone || said.join() === wanted.join(),
        'PagerDuty does not say what we say',
        said,
        wanted,
        incident.status,
        all,
      )
    }
    if (incident.status === 'acknowledged' && incident.muted === null)
      must(
        open.every(({ status }) => status === 'acknowledged'),
        'PagerDuty calls for what is answered',
        open,
        all,
      )
    for (const channel of ['slack-incidents', 'slack-alerts-production']) {
      const newest = all.findLast(
        item =>
          item.destination === channel &&
          item.generation === incident.generation &&
          isNews(item) &&
          item.reference !== null,
      )
      if (newest?.reference?.provider !== 'slack') continue
      const { ts } = newest.reference
      const post = slack.posts.find(one => one.ts === ts)
      must(
        post?.text.includes('Resolved') === over,
        `${channel} does not say what we say`,
        post?.text,
        incident.status,
        all,
      )
    }
  }

  return { look, agreed }
}
