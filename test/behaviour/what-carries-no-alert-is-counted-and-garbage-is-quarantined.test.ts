import t from 'tap'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { startWorld } from '../support/world.ts'

t.test('what carries no alert is counted, what cannot be read is quarantined whole and masked', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const now = world.clock.now()
  for (const name of ['comment', 'installation', 'seer', 'preprod', 'activity-seer']) {
    const sample = SAMPLES[name]
    if (sample === undefined) throw new Error(`no sample ${name}`)
    t.match(await world.tell(sample.resource, sample.build(now)), { outcome: 'nothing-to-do' })
  }
  const garbage = await world.tell('issue', 'signed, but {not json: ada@example.com')
  t.match(garbage, { outcome: 'quarantined' })
  const kept = await world.api('GET', `/quarantine/${garbage.id}`)
  t.match(kept.body, { reason: /not JSON/, body: /signed, but/ })
  t.notMatch(kept.body.body, /ada@example\.com/)
  t.match(await world.tell('wholly_new', { action: 'x', data: { y: 1 } }), { outcome: 'nothing-to-do' })
})
