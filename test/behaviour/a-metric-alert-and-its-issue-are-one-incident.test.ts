import t from 'tap'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { startWorld } from '../support/world.ts'

t.test(
  'a metric alert, and the metric issue it opens, are one incident; it resolves when its cause has cleared',
  async t => {
    const world = await startWorld()
    t.teardown(world.stop)
    const now = world.clock.now()
    for (const name of ['error-rate-critical', 'metric-issue'])
      await world.tell(SAMPLES[name]?.resource ?? '', SAMPLES[name]?.build(now))
    const incidents = await world.incidents()
    t.equal(incidents.length, 1)
    t.match(incidents[0], { kind: 'metric', severity: 'P1' })
  },
)
