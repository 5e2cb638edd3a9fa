import t from 'tap'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const PAGER = 'pagerduty-oncall'
const dataLoss = (now: number, issue: string) =>
  eventAlert(
    eventPayload({ now, issue, project: 'payments-api', transaction: 'order.persist', tags: { data_loss: 'true' } }),
    'Data loss',
  )
const healthOf = async (world: World) => (await world.api('GET', `/destinations/${PAGER}`)).body.health

async function aboutIt(world: World) {
  return (await world.incidents()).find(({ source, kind }) => source === 'tocsin' && kind === 'source')
}

t.test(
  'PagerDuty fails for minutes: its fallback is told at once, people are told of it; it ends by itself',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    world.pagerduty.fail({ kind: 'status', status: 500 })
    await world.tell('event_alert', dataLoss(world.clock.now(), '7300000001'))
    await until(async () => {
      await world.wind(31_000)
      return (await healthOf(world)).failing
    }, 20_000)
    t.match(await healthOf(world), { failing: true, lastError: /500/ })
    await until(async () => (await aboutIt(world))?.status === 'triggered')
    t.match((await aboutIt(world))?.title, /destination pagerduty-oncall fails/)
    const told = async () => world.slack.posts.filter(post => JSON.stringify(post).includes('takes no messages')).length
    await until(async () => {
      await world.wind(1_500)
      return (await told()) > 0
    })
    const metrics = await (
      await fetch(`${world.url()}/metrics`, { headers: { authorization: 'Bearer admin-key-of-the-tests-0123456789' } })
    ).text()
    t.match(metrics, /tocsin_destination_failing\{destination="pagerduty-oncall"\} 1/)
    const ready = (await (await fetch(`${world.url()}/readyz`)).json()) as { checks: { name: string; ok: boolean }[] }
    t.match(
      ready.checks.find(({ name }) => name === 'destinations'),
      { ok: false },
    )

    const asked = world.pagerduty.requests.length
    const second = await world.tell('event_alert', dataLoss(world.clock.now(), '7300000002'))
    const fallback = async () =>
      (await world.notifications(second.incident ?? '')).find(({ kind }) => kind === 'fallback')
    await until(async () => (await fallback()) !== undefined)
    t.match(await fallback(), { destination: 'slack-incidents', mention: 'here' })
    t.equal(world.pagerduty.requests.length, asked, 'PagerDuty was not asked for it')

    world.pagerduty.heal()
    await until(async () => {
      await world.wind(31_000)
      return !(await healthOf(world)).failing
    }, 20_000)
    await until(async () => {
      await world.wind(31_000)
      return world.pagerduty.openAlerts().length === 2
    }, 20_000)
    await until(async () => (await aboutIt(world))?.status === 'resolved')
    t.equal(world.pagerduty.alerts.length, 2, 'each page arrived, once')
  },
)
