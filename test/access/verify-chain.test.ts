import fc from 'fast-check'
import t from 'tap'
import { type AuditEntry, CHAIN_START, joined } from '../../src/access/audit-entry.ts'
import { verifyChain } from '../../src/access/verify-chain.ts'

const FIXED = { seed: 20261122, numRuns: 150 }

function chain(whats: readonly string[]): AuditEntry[] {
  let end = CHAIN_START
  return whats.map(what => {
    const caller = { id: 'k', name: 'deploy bot', role: 'editor' as const, via: 'key' as const }
    const where = { actor: null, address: '::1', request: 'r', reason: null }
    const about = { operation: 'putRoute', outcome: 'done' as const, before: null, after: { what, n: [1, 2.5, null] } }
    const entry = joined({ at: '2026-11-22T05:00:00.000Z', what, caller, ...where, ...about }, end)
    end = { number: entry.number, hash: entry.hash }
    return entry
  })
}

/** Whoever tampers may also make the hash of what was changed anew. */
function rehashed(entry: AuditEntry, change: Partial<AuditEntry>): AuditEntry {
  const { number, previous, hash: _, ...draft } = { ...entry, ...change }
  return joined(draft, { number: number - 1, hash: previous })
}

const trails = fc.array(fc.string(), { minLength: 2, maxLength: 12 })

t.test('a chain that nobody touched holds, also from JSON and from its middle', async () => {
  await fc.assert(
    fc.asyncProperty(trails, async whats => {
      const entries = chain(whats)
      const [first] = entries
      const exported = entries.map(entry => JSON.parse(JSON.stringify(entry)) as unknown)
      const whole = await verifyChain(exported)
      const rest = await verifyChain(exported.slice(1), { number: 1, hash: first?.hash ?? '' })
      return whole.valid && whole.end.hash === entries.at(-1)?.hash && rest.valid && rest.end.hash === whole.end.hash
    }),
    FIXED,
  )
})

t.test('whatever is changed, removed, moved or put in is found at its place', async () => {
  const kinds = ['changed', 'hashed anew', 'removed', 'null', 'moved', 'doubled', 'renumbered', 'added to'] as const
  await fc.assert(
    fc.asyncProperty(trails, fc.nat(), fc.constantFrom(...kinds), async (whats, seed, kind) => {
      const entries: unknown[] = chain(whats)
      // The last one alone may be hashed anew and left out unseen: that is what a noted end is for.
      const at = seed % (entries.length - 1)
      const one = entries[at] as AuditEntry
      const next = entries[at + 1] as AuditEntry
      if (kind === 'changed') entries[at] = { ...one, what: `${one.what}!` }
      if (kind === 'hashed anew') entries[at] = rehashed(one, { actor: 'somebody else' })
      if (kind === 'removed') entries.splice(at, 1)
      if (kind === 'null') entries[at] = null
      if (kind === 'moved') entries.splice(at, 2, next, one)
      if (kind === 'doubled') entries.splice(at, 0, one)
      if (kind === 'renumbered') entries[at] = rehashed(one, { number: one.number + 1 })
      if (kind === 'added to') entries[at] = { ...one, note: 'added' }
      const verdict = await verifyChain(entries)
      const late = kind === 'hashed anew' || kind === 'doubled' ? 1 : 0
      return !verdict.valid && verdict.broken.number === at + 1 + late && verdict.entries === at + late
    }),
    FIXED,
  )
})

t.test('names in any order, and what JSON cannot hold, hash alike', async t => {
  const [entry] = chain(['x'])
  const turned = Object.fromEntries(Object.entries(entry ?? {}).reverse())
  t.match(await verifyChain([turned]), { valid: true, entries: 1 })
})
