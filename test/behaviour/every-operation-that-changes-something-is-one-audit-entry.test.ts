import t from 'tap'
import type { AuditEntry } from '../../src/access/audit-entry.ts'
import { verifyChain } from '../../src/access/verify-chain.ts'
import { apiEndpoints } from '../../src/api/endpoints.ts'
import { startExampleWorld } from '../support/example-world.ts'
import { SECRETS } from '../support/world.ts'

/** What these examples show is a preview, or what is so already. */
const CHANGES_NOTHING = new Set(['bulkEditRules'])

// Each act waits for PagerDuty, Slack and Sentry, up to two seconds.
t.setTimeout(120_000)
const world = await startExampleWorld()
t.teardown(world.stop)

async function exported(): Promise<AuditEntry[]> {
  const headers = { authorization: `Bearer ${SECRETS.admin}` }
  const text = await (await fetch(`${world.url()}/api/v1/audit/export`, { headers })).text()
  return text
    .trimEnd()
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as AuditEntry)
}

t.test('by its operation, with what was before or is after; what changes nothing is none', async t => {
  for (const endpoint of apiEndpoints.filter(({ method }) => method !== 'GET')) {
    await world.prepare(endpoint)
    const before = (await exported()).length
    const got = await world.sendExample(endpoint)
    const made = (await exported())
      .slice(before)
      .filter(({ caller }) => caller.via !== 'slack' && caller.via !== 'pagerduty')
    const expected = endpoint.audited && !CHANGES_NOTHING.has(endpoint.id) && got.status < 300 ? [endpoint.id] : []
    t.same(
      made.map(({ operation }) => operation),
      expected,
      `${endpoint.id} ${got.status}`,
    )
    for (const entry of made) {
      t.equal(entry.outcome, 'done')
      t.ok(entry.before !== null || entry.after !== null, `${endpoint.id} says what it changed`)
      t.notMatch(entry.what, /^(POST|PUT|PATCH|DELETE) /, `${endpoint.id} names what it changed`)
    }
  }
  const all = await exported()
  t.match(await verifyChain(all), { valid: true, entries: all.length })
  const text = JSON.stringify(all)
  for (const secret of Object.values(SECRETS)) t.notOk(text.includes(secret))
})
