import fc from 'fast-check'
import t from 'tap'
import { readYaml } from '../../src/platform/read-yaml.ts'
import { startApi } from './api-under-test.ts'

const YAML = { 'content-type': 'application/yaml' }
const text = fc.oneof(
  fc.constantFrom(
    'no',
    '0x1f',
    '12:30',
    '- a',
    'a: b',
    '#x',
    ' a ',
    'x\ny',
    '~',
    "it's",
    '"q"',
    '\u2028',
    'ü',
    '2026-01-01',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
)
const when = fc.record({
  field: fc.constantFrom('project', 'release', 'tag.plan', 'error-class'),
  op: fc.constantFrom('=', '!=', 'prefix'),
  value: text,
})
const route = fc.record({
  name: text,
  when: fc.oneof(
    when,
    fc.array(when, { minLength: 1, maxLength: 3 }).map(all => ({ all })),
  ),
})

t.test('whatever rules are in force: exported and imported they change nothing', async t => {
  const api = await startApi(t)
  const { json: start } = await api.call('GET', '/api/v1/export')
  let valid = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(route, { maxLength: 6 }),
      fc.array(text, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 90 }),
      async (routes, production, minutes) => {
        const file = structuredClone(start)
        const added = routes.map((one, at) => ({ ...one, id: `r-${at}`, policy: 'p1', continue: at % 2 === 0 }))
        file.rules.routes.unshift(...added)
        file.rules.production = production
        file.rules.settings.pollEvery = `PT${minutes}M`
        const made = await api.call('POST', '/api/v1/import', { body: file })
        // Two routes of the same condition are refused, rightly.
        if (made.status !== 200) return
        valid += 1
        const before = await api.call('GET', '/api/v1/export?format=yaml')
        const dry = await api.call('POST', '/api/v1/import?dryRun=true', { text: before.text, headers: YAML })
        t.match(dry.json, { valid: true, changes: false, problems: [] })
        const back = await api.call('POST', '/api/v1/import', { text: before.text, headers: YAML })
        t.match(back.json, { applied: false, revision: made.json.revision })
        const after = await api.call('GET', '/api/v1/export', { headers: { accept: 'application/yaml' } })
        t.equal(after.text, before.text)
        const read = readYaml(after.text)
        t.same('value' in read ? read.value : read, (await api.call('GET', '/api/v1/export')).json)
      },
    ),
    { seed: 20261122, numRuns: 30 },
  )
  t.ok(valid > 15, `${valid} of 30 were valid`)
})
