import fc from 'fast-check'
import t from 'tap'
import { packJob, unpackJob } from '../../src/platform/lane-job.ts'
import type { Delivery } from '../../src/signals/delivery.ts'

function delivery(id: string, body: string): Delivery {
  const at = { hookTimestamp: null, receivedAt: 1 }
  return { id, source: 'default', resource: 'error', ...at, body, encoding: 'utf8', attempt: 0 }
}

t.test('what is packed comes out unchanged, also after it went through JSON and bytes', async t => {
  const body = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('"é\\u0000 😀'.repeat(900)), fc.json())
  fc.assert(
    fc.property(fc.array(body, { minLength: 1, maxLength: 20 }), bodies => {
      const deliveries = bodies.map((text, n) => delivery(`b-${n}`, text))
      const packed = packJob(deliveries, 'key')
      const stored = JSON.parse(JSON.stringify(packed.job))
      t.strictSame(unpackJob(stored, packed.bodies?.toString() ?? ''), deliveries)
    }),
    { numRuns: 200 },
  )
})

t.test('a delivery that comes alone keeps its body, however large; many large ones lie apart', async t => {
  const large = 'x'.repeat(100_000)
  t.equal(packJob([delivery('b-0', large)], 'key').bodies, null)
  t.equal(packJob([delivery('b-0', 'x'), delivery('b-1', 'y')], 'key').bodies, null)
  const { job, bodies } = packJob([delivery('b-0', large), delivery('b-1', '{}')], 'key')
  t.equal(bodies?.toString(), `${large}{}`)
  t.match(job, { deliveries: [{ body: '' }, { body: '' }], apart: { key: 'key', lengths: [100_000, 2] } })
})
