import t from 'tap'
import { alertNow, MINUTE } from '../support/one-issue.ts'
import { startWorld } from '../support/world.ts'

const SIGNALS = 20
const PUBLISHES = 4

t.test('published in the middle of many signals: each verdict is what its revision says', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const first = (await world.api('GET', '/rules')).body
  // Every revision says its own severity of the same signal, and the rule bears the revision's number.
  const says = new Map<number, string>()
  async function publish(n: number): Promise<void> {
    const severity = n % 2 === 0 ? 'P2' : 'P1'
    const { number, document } = (await world.api('GET', '/rules')).body
    const own = { id: `revision-${number + 1}`, name: `says ${severity}`, about: 'issue', severity, when: null }
    const severityRules = [
      own,
      ...first.document.severityRules.filter(({ about }: { about: string }) => about !== 'issue'),
    ]
    const put = await world.api('PUT', '/rules', { ...document, severityRules }, { 'if-match': `"${number}"` })
    t.equal(put.status, 200, JSON.stringify(put.body))
    says.set(put.body.number, severity)
  }
  await publish(0)

  const issue = (n: number) => String(7_500_000_000 + n)
  const outcomes: Promise<{ incident: string | null }>[] = []
  for (let n = 0; n < SIGNALS; n += 1) {
    const now = world.clock.now()
    world.sentry.world.issues[issue(n)] = {
      ...{ users: 3, events: 6, project: `shop-${n}`, firstSeen: now - 10 * MINUTE, substatus: 'new' },
    }
    outcomes.push(world.tell('event_alert', alertNow(world, { issue: issue(n), project: `shop-${n}` })))
    if (n % Math.floor(SIGNALS / PUBLISHES) === 3) await publish(n)
  }
  const told = await Promise.all(outcomes)

  const revisions = new Set<number>()
  for (const { incident } of told) {
    const { verdict, severity } = await world.incident(incident ?? '')
    revisions.add(verdict.revision)
    t.equal(verdict.rule, `revision-${verdict.revision}`, 'the rule that fell is of the revision it names')
    t.equal(verdict.severity, says.get(verdict.revision), 'and so is the severity')
    t.equal(severity, verdict.severity)
  }
  t.ok(revisions.size > 1, `judged by ${[...revisions].join(', ')}`)
})
