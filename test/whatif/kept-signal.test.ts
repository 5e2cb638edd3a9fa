import fc from 'fast-check'
import t from 'tap'
import { NO_ISSUE_IMPACT } from '../../src/measure/impact.ts'
import { fromLine, type Kept, toLine } from '../../src/whatif/kept-signal.ts'
import { makeEvent, makeMetric } from '../support/make.ts'

const AT = Date.UTC(2026, 10, 20)

function keptOf(facts: Parameters<typeof makeEvent>[1], users: number | null): Kept {
  const measured = users === null ? null : { value: users, source: 'sentry' as const, at: AT, windowSeconds: 3600 }
  return {
    at: AT,
    signal: makeEvent(AT, facts, { metric: makeMetric() }),
    again: null,
    recorded: {
      impact: { at: AT, issue: { ...NO_ISSUE_IMPACT, users: measured }, project: null, degraded: false, gaps: [] },
      projectDegraded: false,
      archived: false,
      suspects: [],
    },
    act: null,
    revision: 3,
    own: { severity: 'P1', rule: 'many-users' },
    project: null,
    changes: [],
  }
}

t.test('what rules read comes back as it was; who the user was, and where to look, is not kept', async t => {
  const facts = fc.record({
    environment: fc.option(fc.string()),
    release: fc.option(fc.string()),
    transaction: fc.option(fc.string()),
    handled: fc.option(fc.boolean()),
    errorClass: fc.option(fc.string()),
    level: fc.option(fc.constantFrom('fatal' as const, 'error' as const, 'info' as const)),
    tags: fc.dictionary(fc.string(), fc.string()),
    user: fc.constant('the-hash-of-a-user'),
  })
  const property = fc.property(facts, fc.option(fc.nat()), (told, users) => {
    const kept = keptOf(told, users)
    const line = toLine(kept)
    const back = fromLine(line)
    t.notOk(line.includes('\n'))
    t.notOk(line.includes('the-hash-of-a-user'))
    const { user: _, ...read } = told
    t.match(back?.signal?.facts ?? null, JSON.parse(JSON.stringify(read)))
    t.same(back?.recorded, kept.recorded)
    t.same(back?.own, kept.own)
    t.same(back?.signal?.metric, kept.signal?.metric)
  })
  fc.assert(property, { numRuns: 60, seed: 5 })
})

t.test('what another version wrote, or nobody, is none', async t => {
  for (const line of ['', '{', 'null', '[]', '{"v":2,"at":1,"changes":[]}', '{"v":1,"at":"x","changes":[]}'])
    t.equal(fromLine(line), null, line)
})
