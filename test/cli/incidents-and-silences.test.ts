import t from 'tap'
import { SAMPLES } from '../../src/sandbox/samples/samples.ts'
import { SECRETS, startWorld } from '../support/world.ts'
import { tocsin } from './tocsin.ts'

t.test('an incident is listed, shown, acknowledged and resolved; a silence is made, listed and ended', async t => {
  const world = await startWorld()
  t.teardown(() => world.stop())
  const env = { TOCSIN_URL: world.url(), TOCSIN_API_KEY: SECRETS.admin }
  const run = (...args: string[]) => tocsin(args, env)
  t.match(await run('incidents'), { exit: 0, out: /no incidents/ })
  const sample = SAMPLES['payment-failure']
  const outcome = await world.tell(sample?.resource ?? '', sample?.build(world.clock.now()))
  const id = outcome.incident ?? ''
  t.match(await run('incidents', '--status', 'triggered'), {
    exit: 0,
    out: new RegExp(`ID .*SEVERITY[\\s\\S]*${id} +P\\d`),
  })
  t.match((await run('incidents', '--json')).json(), { items: [{ id }] })
  t.match(await run('incidents', 'show', id), { exit: 0, out: /triggered[\s\S]*AT +WHAT +WHY/ })
  t.match(await run('incidents', 'ack', id), { exit: 0, out: new RegExp(`${id} is acknowledged`) })
  const done = await run('incidents', 'resolve', id, '--reason', 'the provider is back', '--json')
  t.match(done.json(), { incident: { status: 'resolved' }, changed: true })

  const why = ['--reason', 'the provider repairs it', '--annotation', 'ticket=OPS-118']
  const seen = await run('silence', 'add', '-m', 'project=nowhere', '--preview')
  t.match(seen, { exit: 0, out: /0 of \d+ incidents/ })
  const made = await run(
    'silence',
    'add',
    '--matcher',
    'project=nowhere',
    '--matcher',
    'severity=P1,P2',
    '--for',
    '2h',
    ...why,
    '--json',
  )
  t.match(made.json(), {
    state: 'active',
    annotations: { ticket: 'OPS-118' },
    matchers: {
      all: [
        { field: 'project', op: '=', value: 'nowhere' },
        { field: 'severity', op: 'in', value: ['P1', 'P2'] },
      ],
    },
  })
  const silence = made.json().id
  t.match(await run('silence', 'list', '--state', 'active'), {
    exit: 0,
    out: new RegExp(`${silence} .*project=nowhere`),
  })
  t.match(await run('silence', 'expire', silence), { exit: 0, out: /ended/ })
  t.match(await run('silence', 'list', '--state', 'active'), { exit: 0, out: /no silences/ })
  t.match(await run('silence', 'add', '-m', 'projct=web', '--for', '1h', ...why), { exit: 1, err: /projct/ })
  t.match(await run('silence', 'add', '-m', 'project=web', '--for', 'soon', ...why), { exit: 2, err: /30m, 2h/ })

  const audit = await run('audit', 'verify')
  t.match(audit, { exit: 0, out: /entries hold; note the end: \d+:[0-9a-f]{64}/ })
  const end = /(\d+:[0-9a-f]{64})/.exec(audit.out)?.[1] ?? ''
  t.match(await run('audit', 'verify', '--noted', end), { exit: 0 })
  t.match(
    await run(
      'audit',
      'verify',
      '--noted',
      end.replace(/.$/, one => (one === '0' ? '1' : '0')),
    ),
    { exit: 1, out: /broken/ },
  )
})
