import t from 'tap'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { MINUTE } from '../support/one-issue.ts'
import { until } from '../support/until.ts'
import { startWorld } from '../support/world.ts'

t.test('a crash-free alert pages at once without asking Sentry; resolved resolves the page', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.sentry.fail({ kind: 'hang' })
  const tell = (name: string) => world.tell('metric_alert', SAMPLES[name]?.build(world.clock.now()))
  t.match(await tell('crash-free-critical'), { outcome: 'opened', severity: 'P0' })
  await until(() => world.pagerduty.openAlerts().length === 1)
  const asked = world.sentry.requests.filter(({ params }) => params.get('projectSlug') === 'web-shop')
  t.same(asked, [], 'a page does not wait for Sentry')
  world.clock.wind(20 * MINUTE)
  t.match(await tell('crash-free-resolved'), { outcome: 'resolved' })
  await until(() => world.pagerduty.openAlerts().length === 0)
})
