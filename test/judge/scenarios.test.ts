import t from 'tap'
import { layDown } from '../../judge/playing.ts'
import { SCENARIOS } from '../../judge/scenarios/all.ts'
import { SWITCHES } from '../../judge/switches.ts'

const everybody = new Set(SCENARIOS.map(one => one.name))

t.test('there are at least 45 kinds, each with a name of its own and a story', async t => {
  t.ok(SCENARIOS.length >= 45)
  t.equal(everybody.size, SCENARIOS.length)
  for (const { name, story } of SCENARIOS) t.ok(story.length > 40, name)
})

t.test('the same seed lays down the same, another seed something else', async t => {
  const bytes = (seed: number) =>
    JSON.stringify(layDown(SCENARIOS, everybody, seed).map(one => [one.zero, one.webhooks]))
  t.equal(bytes(1), bytes(1))
  t.not(bytes(1), bytes(2))
})

t.test('a scenario alone is what it is among all others', async t => {
  const name = 'half-the-webhooks-are-lost'
  const among = layDown(SCENARIOS, everybody, 7).find(one => one.scenario.name === name)
  const alone = layDown(SCENARIOS, new Set([name]), 7)[0]
  t.same(alone?.webhooks, among?.webhooks)
  t.equal(alone?.zero, among?.zero)
})

t.test('no two scenarios of one source share an issue or a project', async t => {
  const seen = new Map<string, string>()
  for (const { scenario, script, source } of layDown(SCENARIOS, everybody, 1)) {
    const names = script.projects.flatMap(project => [project.slug, ...project.issues.map(issue => issue.id)])
    for (const name of names) {
      const before = seen.get(`${source} ${name}`)
      if (before !== undefined) t.fail(`${name} is in ${before} and in ${scenario.name}`)
      seen.set(`${source} ${name}`, scenario.name)
    }
  }
})

t.test('every label can be held against something', async t => {
  for (const { scenario, script } of layDown(SCENARIOS, everybody, 1)) {
    for (const problem of script.problems) {
      const about = [...problem.issues, ...problem.projects, ...problem.monitors]
      t.ok(about.length > 0 || problem.ofSource, `${scenario.name}: ${problem.name} names what it is about`)
      const loud = problem.severity.every(one => one === 'P0' || one === 'P1')
      t.ok(!loud || problem.plain !== null, `${scenario.name}: ${problem.name} says since when it is plain`)
    }
  }
})

t.test('every switch has its witnesses', async t => {
  const witnessed = new Set(SCENARIOS.flatMap(one => one.witnesses ?? []))
  for (const name of Object.keys(SWITCHES)) t.ok(witnessed.has(name as keyof typeof SWITCHES), name)
})

t.test('what Sentry sends is lost, doubled and late as the trouble says', async t => {
  const of = (name: string) => layDown(SCENARIOS, new Set([name]), 3)[0]?.webhooks ?? []
  t.equal(of('every-webhook-is-lost').length, 0)
  const doubled = of('doubled-and-out-of-order')
  t.equal(new Set(doubled.map(one => `${one.sent} ${one.body}`)).size * 2, doubled.length, 'each comes twice')
  t.ok(
    doubled.some((one, n) => n > 0 && one.sent < (doubled[n - 1]?.sent ?? 0)),
    'in another order than it was sent',
  )
  for (const one of of('a-bad-deploy')) t.ok(one.arrives - one.sent <= 5_000, 'else within seconds')
})
