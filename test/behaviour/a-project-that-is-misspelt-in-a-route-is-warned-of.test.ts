import t from 'tap'
import { alertNow, numbers } from '../support/one-issue.ts'
import { startWorld } from '../support/world.ts'

t.test('a route for a project that is almost one with incidents: published, and warned of', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  numbers(world, 320)
  await world.tell('event_alert', alertNow(world))
  const { document } = (await world.api('GET', '/rules')).body
  const [route] = document.routes
  const validate = async (project: string) => {
    const when = { field: 'project', op: '=', value: project }
    const routes = [{ ...route, id: 'of-the-shop', when }, ...document.routes]
    const { body } = await world.api('POST', '/rules/validate', { ...document, routes })
    t.equal(body.valid, true)
    return body.warnings.filter(({ code }: { code: string }) => code === 'unknown-project')
  }
  t.match(await validate('web-shpo'), [{ path: '/routes/0/when/value', suggestion: /did you mean "web-shop"/ }])
  t.same(await validate('web-shop'), [])
  t.same(await validate('still-to-come'), [])
})
