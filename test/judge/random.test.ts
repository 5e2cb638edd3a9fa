import t from 'tap'
import { createRandom } from '../../judge/random.ts'

t.test('chance is the same for the same seed, evenly spread, and another for another name', async t => {
  const numbers = (count: number, ...seed: (string | number)[]) => {
    const random = createRandom(...seed)
    return Array.from({ length: count }, () => random.next())
  }
  t.equal(numbers(20, 1, 'a').join(), numbers(20, 1, 'a').join())
  t.not(numbers(20, 1, 'a').join(), numbers(20, 1, 'b').join())
  const tenths = new Array<number>(10).fill(0)
  for (const number of numbers(10_000, 3)) tenths[Math.floor(number * 10)] = (tenths[Math.floor(number * 10)] ?? 0) + 1
  t.ok(
    tenths.every(count => count > 880 && count < 1_120),
    tenths.join(' '),
  )
})
