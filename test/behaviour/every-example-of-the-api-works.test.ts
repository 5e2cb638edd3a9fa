import t, { type Test } from 'tap'
import { doors } from '../../src/api/doors.ts'
import type { Endpoint } from '../../src/api/endpoint.ts'
import { apiEndpoints } from '../../src/api/endpoints.ts'
import { openRoutes } from '../../src/api/open-routes.ts'
import { outward } from '../../src/api/outward.ts'
import { differs } from '../api/conforms.ts'
import { type ExampleWorld, startExampleWorld } from '../support/example-world.ts'
import { signedCall } from '../support/signed-call.ts'

function shapeOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value).toSorted() : []
}

// Each act waits for PagerDuty, Slack and Sentry, up to two seconds.
t.setTimeout(120_000)
const world = await startExampleWorld()
t.teardown(world.stop)

t.test('every example of the API works as it is documented', async t => {
  for (const endpoint of apiEndpoints) {
    await t.test(`${endpoint.id}: ${endpoint.method} ${endpoint.path}`, async t => {
      await world.prepare(endpoint)
      const got = await world.sendExample(endpoint)
      t.equal(got.status, endpoint.status, got.text.slice(0, 2_000))
      t.equal(differs(endpoint.method, got.url, got.status, got.type, got.text), '')
      shapes(t, endpoint, got)
    })
  }
})

function shapes(t: Test, endpoint: Endpoint, got: Awaited<ReturnType<ExampleWorld['sendExample']>>): void {
  if (endpoint.status === 204) return void t.equal(got.text, '')
  if (endpoint.lines !== null) {
    for (const line of got.text.trimEnd().split('\n')) t.ok(typeof JSON.parse(line) === 'object', 'lines of JSON')
    return
  }
  const [said, is] = [outward(endpoint.example.response), JSON.parse(got.text)]
  t.same(shapeOf(is), shapeOf(said), 'with the members of the example')
  const listed = (said as { items?: unknown[] }).items
  if (listed === undefined) return
  t.ok(is.items.length > 0, 'what is listed is there')
  if (endpoint.id !== 'listDestinations') t.same(shapeOf(is.items[0]), shapeOf(listed[0]))
}

t.test('every example of a door works as it is documented, signed', async t => {
  // The policy that is chosen in Sentry's screens is one of the rules.
  for (const endpoint of apiEndpoints.filter(({ id }) => id === 'listPolicies')) await world.prepare(endpoint)
  for (const door of doors) {
    const got = await signedCall(world, door)
    t.equal(got.status, door.answer.status, `${door.id}: ${got.text}`)
    const conforming = got.text === '' ? '' : differs(door.method, got.path, got.status, got.type, got.text)
    t.equal(conforming, '', door.id)
  }
  for (const route of openRoutes) {
    const got = await fetch(`${world.url()}${route.path}`)
    t.equal(got.status, 200, route.id)
    t.ok(got.headers.get('content-type')?.startsWith(route.contentType), route.id)
    if (route.schema !== null) t.ok(route.schema.safeParse(await got.json()).success, route.id)
  }
})

t.test('every name that is replaced stands in an example', async t => t.same(world.unused(), []))
