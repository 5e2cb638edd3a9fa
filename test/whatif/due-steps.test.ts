import fc from 'fast-check'
import t from 'tap'
import { createDueSteps } from '../../src/whatif/due-steps.ts'

t.test('the earliest comes first, by the latest word about each', async t => {
  const word = fc.record({ incident: fc.integer({ min: 0, max: 9 }).map(String), at: fc.option(fc.nat({ max: 100 })) })
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), fc.nat({ max: 100 }), (words, by) => {
      const due = createDueSteps()
      const latest = new Map<string, number>()
      for (const { incident, at } of words) {
        due.set(incident, at)
        if (at === null) latest.delete(incident)
        else latest.set(incident, at)
      }
      const told: { incident: string; at: number }[] = []
      for (let next = due.next(by); next !== null; next = due.next(by)) told.push(next)
      const wanted = [...latest].filter(([, at]) => at <= by)
      const ordered = told.every(({ at }, index) => index === 0 || (told[index - 1]?.at ?? 0) <= at)
      return ordered && told.length === wanted.length && told.every(({ incident, at }) => latest.get(incident) === at)
    }),
    { numRuns: 300, seed: 5 },
  )
  t.pass()
})
