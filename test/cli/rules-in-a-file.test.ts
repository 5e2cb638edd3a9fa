import t from 'tap'
import { SECRETS, startWorld } from '../support/world.ts'
import { folder, tocsin } from './tocsin.ts'

t.test('rules are exported, checked, compared, applied once, and never over somebody else', async t => {
  const world = await startWorld()
  t.teardown(() => world.stop())
  const file = folder(t)
  const env = { TOCSIN_URL: world.url(), TOCSIN_API_KEY: SECRETS.admin }
  const told: string[] = []
  const run = async (args: string[], more: Record<string, string> = {}, input = '') => {
    const ended = await tocsin(args, { ...env, ...more }, input)
    told.push(ended.out, ended.err)
    return ended
  }

  const exported = await run(['rules', 'export'])
  t.equal(exported.exit, 0)
  const overRest = await fetch(`${world.url()}/api/v1/export?format=yaml`, {
    headers: { authorization: `Bearer ${SECRETS.admin}` },
  })
  t.equal(exported.out, await overRest.text(), 'the same bytes as over REST')
  const same = file('same.yaml', exported.out)
  t.match(await run(['rules', 'check', same]), { exit: 0, out: /is valid/ })
  t.match(await run(['rules', 'diff', same]), { exit: 0, out: /nothing differs/ })
  t.match(await run(['rules', 'diff', '-'], {}, exported.out), { exit: 0 }, 'from standard input')

  const slower = file('slower.yaml', exported.out.replace('pollEvery: PT1M', 'pollEvery: PT2M'))
  t.match(await run(['rules', 'diff', slower]), { exit: 1, out: /"pollEvery": was "PT1M", is "PT2M"/ })
  t.match(await run(['rules', 'apply', slower, '--dry-run']), { exit: 0, out: /pollEvery/ })
  t.equal((await world.api('GET', '/rules')).body.number, 1, 'a dry run changes nothing')
  t.match(await run(['rules', 'apply', slower, '--message', 'füllt sich', '--if-revision', '1']), {
    exit: 0,
    out: /revision 2/,
  })
  t.match((await world.api('GET', '/rules')).body, { number: 2, message: 'füllt sich' })
  t.match(await run(['rules', 'apply', slower]), { exit: 0, out: /nothing to do: revision 2/ })
  t.match(await run(['rules', 'apply', same, '--if-revision', '1']), { exit: 4, err: /at revision 2, not 1/ })
  t.equal((await run(['rules', 'apply', same, '--json'])).json().revision, 3)
  t.match(await run(['rules', 'rollback', '2', '-m', 'slower after all']), { exit: 0, out: /revision 4/ })
  t.match(await run(['rules', 'rollback', '1', '--if-revision', '2']), { exit: 4 })
  t.match((await run(['rules', 'revisions', '--json', '--limit', '2'])).json().items, [{ number: 4 }, { number: 3 }])

  const broken = file('broken.yaml', exported.out.replace(/policy: p1$/m, 'policy: p11'))
  const line = exported.out.split('\n').findIndex(one => /policy: p1$/.test(one)) + 1
  t.match(await run(['rules', 'check', broken]), {
    exit: 1,
    out: new RegExp(`broken.yaml:${line}:\\d+: /rules/routes/.*p1`),
  })
  t.match(await run(['rules', 'apply', broken]), { exit: 1 })
  const github = await run(['rules', 'check', '--github', broken])
  t.match(github, { exit: 1, out: new RegExp(`^::error file=.*broken.yaml,line=${line},col=`) })
  t.match(await run(['rules', 'check', file('bad.yaml', 'a: 1\na: 2\n')]), {
    exit: 1,
    out: /bad.yaml:2:1: "a" stands twice/,
  })

  const alone = JSON.stringify((await world.api('GET', '/rules')).body.document)
  t.match(await run(['rules', 'diff', file('alone.json', alone)]), { exit: 0 }, 'the rules alone are a file too')

  const steps = await run(['rules', 'simulate', 'data-loss', '--against', slower])
  t.match(steps, { exit: 0, out: /P0 .*[\s\S]*pagerduty-oncall \(pages\)/ })
  t.match(await run(['rules', 'simulate', 'payment-failur']), { exit: 2, err: /did you mean "payment-failure"/ })

  const all = told.join('')
  t.same(
    Object.entries(SECRETS).filter(([, secret]) => all.includes(secret)),
    [],
    'no secret was told',
  )
})

t.test('secrets come from the environment, reach the service, and are told nowhere', async t => {
  const world = await startWorld()
  t.teardown(() => world.stop())
  const file = folder(t)
  const env = { TOCSIN_URL: world.url(), TOCSIN_API_KEY: SECRETS.admin }
  const routingKey = 'c0ffee'.repeat(5).concat('00')
  const text = [
    'apiVersion: tocsin/v1',
    'destinations:',
    '  - { id: pagerduty-web, kind: pagerduty, name: Web, secret: { routingKey: { fromEnv: WEB_KEY } } }',
  ].join('\n')
  const web = file('web.yaml', text)
  t.match(await tocsin(['rules', 'check', web], env), { exit: 0 }, 'a pull request needs no secrets')
  t.match(await tocsin(['rules', 'apply', web], env), { exit: 2, err: /WEB_KEY/ })
  const made = await tocsin(['rules', 'apply', web, '--json'], { ...env, WEB_KEY: routingKey })
  t.match(made.json(), { done: ['destination pagerduty-web'] })
  const again = await tocsin(['rules', 'apply', web, '--json'], { ...env, WEB_KEY: routingKey })
  t.match(again.json(), { applied: false, changes: false })
  const wrong = await tocsin(['rules', 'apply', web], { ...env, WEB_KEY: 'not-a-routing-key' })
  t.match(wrong, { exit: 1, out: /web.yaml:3:\d+: .*32 letters/ })
  const plain = file('plain.yaml', text.replace('{ fromEnv: WEB_KEY }', routingKey))
  const refused = await tocsin(['rules', 'check', plain], env)
  t.match(refused, { exit: 1, out: /does not belong in a file/ })
  const all = [made, again, wrong, refused].map(({ out, err }) => out + err).join('')
  t.notOk([routingKey, 'not-a-routing-key', SECRETS.admin].some(secret => all.includes(secret)))
  t.notOk(JSON.stringify((await world.api('GET', '/audit')).body).includes(routingKey), 'nor in the trail')
})
