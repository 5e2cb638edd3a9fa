import t from 'tap'
import { tableOf } from '../support/large-table.ts'
import { alertNow, numbers } from '../support/one-issue.ts'
import { startWorld, type World } from '../support/world.ts'

/** As many routes as a document may have, beside those in force. */
async function largeDocument(world: World): Promise<object> {
  const { document } = (await world.api('GET', '/rules')).body
  const rows = tableOf(9_980).routes.filter(({ when }) => when !== null)
  return {
    ...document,
    routes: [...rows.map(row => ({ ...row, policy: document.policies[0].id })), ...document.routes],
  }
}

t.test('alerts are handled, and others answered, while it is checked and while it is published', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 320)
  const [document, { headers }] = [await largeDocument(world), await world.api('GET', '/rules')]
  const answered: string[] = []
  const asked = [
    world.api('POST', '/rules/validate', document),
    world.api('PUT', '/rules', document, { 'if-match': headers.get('etag') ?? '' }),
  ].map(one => one.finally(() => answered.push('the document')))
  for (const name of ['first', 'second', 'third']) {
    await world.tell('event_alert', alertNow(world))
    t.equal((await world.api('GET', '/incidents')).status, 200)
    answered.push(name)
  }
  const [checked, published] = await Promise.all(asked)
  t.match(checked, { status: 200, body: { valid: true } })
  t.match(published, { status: 200, body: { number: 2 } })
  t.strictSame(answered, ['first', 'second', 'third', 'the document', 'the document'])
})

t.test('a stop answers who waits for one to be checked, and comes to its end', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const document = await largeDocument(world)
  const asked = Array.from({ length: 2 }, () => world.api('POST', '/rules/validate', document))
  const first = await Promise.race(asked)
  t.match(first, { status: 200 })
  // The other one has its turn now.
  await world.stop()
  const [other] = (await Promise.all(asked)).filter(one => one !== first)
  t.match(other, { status: 503, body: { code: 'SHUTTING_DOWN' } })
})
