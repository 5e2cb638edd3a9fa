import fc from 'fast-check'
import t from 'tap'
import { didYouMean, suggest } from '../../src/suggest.ts'

t.test('the nearest name, when one is near', async t => {
  const names = ['users-per-hour', 'events-per-hour', 'level', 'release']
  t.equal(suggest('user-per-hour', names), 'users-per-hour')
  t.equal(suggest('Levle', names), 'level')
  t.equal(suggest('relaese', names), 'release')
  t.equal(suggest('weather', names), null)
  t.equal(suggest('', names), null)
  t.equal(suggest('ab', ['xy', 'p0']), null, 'short names are not near just because they are short')
})

t.test('names to choose from, when none is near', async t => {
  t.equal(didYouMean('weather', ['a1', 'b2']), ' Known: a1, b2.')
  t.equal(didYouMean('weather', []), '')
  t.match(
    didYouMean(
      'weather',
      Array.from({ length: 60 }, (_, index) => `${index}`),
    ),
    /39, … \(60 in all\)\.$/,
  )
})

t.test('never throws, and suggests only what there is', async () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string()), (word, names) => {
      const near = suggest(word, names)
      return near === null || names.includes(near)
    }),
  )
})
