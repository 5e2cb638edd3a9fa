import { readFileSync } from 'node:fs'
import t from 'tap'
import { COMMANDS } from '../../src/cli/commands.ts'
import { readYaml } from '../../src/platform/read-yaml.ts'
import { defaultRules } from '../../src/rules/default-rules.ts'
import { SECRETS, startWorld } from '../support/world.ts'
import { tocsin } from './tocsin.ts'

type Yaml = ReturnType<typeof JSON.parse>

function yaml(path: string): Yaml {
  const read = readYaml(readFileSync(path, 'utf8'))
  if ('mistakes' in read) throw new Error(JSON.stringify(read.mistakes))
  return read.value
}

t.test('the example file is the shipped rules, and a destination of its own', async t => {
  t.same(yaml('examples/rules.yaml').rules, defaultRules({ pagerduty: true, slack: true }))
  const world = await startWorld()
  t.teardown(() => world.stop())
  const env = { TOCSIN_URL: world.url(), TOCSIN_API_KEY: SECRETS.admin }
  t.match(await tocsin(['rules', 'check', 'examples/rules.yaml'], env), { exit: 0 })
  const diff = (await tocsin(['rules', 'diff', 'examples/rules.yaml', '--json'], env)).json()
  t.same(diff.rules.changes, [], 'the rules in force at a first start')
  const added = diff.records.filter((one: Yaml) => one.what === 'added')
  t.match(added, [{ kind: 'destination', id: 'slack-payments', secret: 'open' }])
  const token = 'xoxb-of-the-payments-team'
  const made = await tocsin(['rules', 'apply', 'examples/rules.yaml'], { ...env, PAYMENTS_BOT_TOKEN: token })
  t.match(made, { exit: 0, out: /applied/ })
  t.notOk(made.out.includes(token))
})

t.test('the workflow may little, pins what it runs, and calls commands that exist', async t => {
  const path = 'examples/github-actions/tocsin-rules.yml'
  const { permissions, jobs } = yaml(path)
  t.same(permissions, { contents: 'read' })
  const names = new Set(COMMANDS.map(({ name }) => name))
  for (const [name, job] of Object.entries<Yaml>(jobs)) {
    t.equal(job.permissions, undefined, `${name} asks for nothing more`)
    for (const { uses, run, with: given } of job.steps) {
      if (uses !== undefined) {
        t.match(uses, /@[0-9a-f]{40}$/, uses)
        t.equal(given?.['persist-credentials'], false, `${uses} leaves no token behind`)
      }
      t.notMatch(run ?? '', /\$\{\{/, 'nothing is pasted into a script')
      for (const [, command] of (run ?? '').matchAll(/\btocsin (rules \w+)/g)) t.ok(names.has(command), command)
    }
  }
})
