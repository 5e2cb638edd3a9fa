import t from 'tap'
import { diffRules } from '../../src/rules/diff-rules.ts'
import { mayTryAgain, startEditors } from '../support/editors.ts'
import { startOnSharedRedis, startSecondServer } from '../support/two-processes.ts'

const EACH = 10
/** Pages of the list of revisions hold all that are made here. */
const ALL = 200

t.test('every edit at two processes is there, each in a revision of its own, numbered without gaps', async t => {
  const { world } = await startOnSharedRedis(t)
  const second = await startSecondServer(t, world)
  const before = (await world.api('GET', '/rules')).body
  const routes = Array.from({ length: EACH }, (_, n) => ({
    ...{ id: `r${n}`, name: `Route ${n}`, policy: 'p0' },
    when: { field: 'project', op: '=', value: `project-${n}` },
  }))
  const document = { ...before.document, routes: [...routes, ...before.document.routes] }
  const start = await world.api('PUT', '/rules', document, { 'if-match': `"${before.number}"` })
  t.equal(start.status, 200)
  const editors = await startEditors(world, 5 * EACH, second)

  await Promise.all(
    editors.map(async (ask, n) => {
      const row = n % EACH
      if (n < EACH) await patchRoute(ask, row)
      else if (n < 2 * EACH) await addRoute(ask, row)
      else if (n < 3 * EACH) await editWhole(ask, row)
      else if (n < 4 * EACH) await publishDraft(ask, row)
      else await replaceRule(ask, row)
    }),
  )

  const { items } = (await world.api('GET', `/rules/revisions?limit=${ALL}`)).body
  const heads: { number: number; author: string }[] = items
  const first = start.body.number
  t.same(
    heads.map(({ number }) => number),
    Array.from({ length: first + 5 * EACH }, (_, index) => first + 5 * EACH - index),
  )
  const made = heads.filter(({ number }) => number > first)
  t.equal(new Set(made.map(({ author }) => author)).size, 5 * EACH, 'each is told with who made it')

  let last = start.body.document
  for (const { number } of made.toReversed()) {
    const revision = (await world.api('GET', `/rules/revisions/${number}`)).body
    const changes = diffRules(last, revision.document)
    t.equal(changes.length, 1, `revision ${number} is one edit of the one before, and nothing else`)
    last = revision.document
  }
  const ids = (rows: { id: string }[]) => rows.map(({ id }) => id)
  for (let n = 0; n < EACH; n += 1) {
    const route = last.routes.find(({ id }: { id: string }) => id === `r${n}`)
    t.match(route, { name: `patched ${n}` }, 'what was patched')
    t.match(last.severityRules[n], { name: `put ${n}` }, 'what was put')
    t.ok(ids(last.routes).includes(`new-${n}`), 'what was added')
    t.ok(
      last.people.some(({ name }: { name: string }) => name === `Person ${n}`),
      'what was put whole',
    )
    t.ok(ids(last.coreFlows).includes(`flow-${n}`), 'what was published from a draft')
  }
})

type Ask = Awaited<ReturnType<typeof startEditors>>[number]

/** Reads, edits what it read, and begins again when somebody else was first. */
async function patchRoute(ask: Ask, n: number): Promise<void> {
  await mayTryAgain(async () => {
    const { etag } = await ask('GET', `/routes/r${n}`)
    return ask('PATCH', `/routes/r${n}`, { name: `patched ${n}` }, { 'if-match': etag })
  })
}

async function replaceRule(ask: Ask, n: number): Promise<void> {
  await mayTryAgain(async () => {
    const { etag, body } = await ask('GET', '/rules')
    const rule = body.document.severityRules[n]
    return ask('PUT', `/severity-rules/${rule.id}`, { ...rule, name: `put ${n}` }, { 'if-match': etag })
  })
}

async function addRoute(ask: Ask, n: number): Promise<void> {
  const when = { field: 'project', op: '=', value: `new-${n}` }
  await mayTryAgain(() => ask('POST', '/routes', { id: `new-${n}`, name: `New ${n}`, when, policy: 'p1' }))
}

async function editWhole(ask: Ask, n: number): Promise<void> {
  await mayTryAgain(async () => {
    const { etag, body } = await ask('GET', '/rules')
    const people = [...body.document.people, { name: `Person ${n}`, slack: `U0000${n}` }]
    return ask('PUT', '/rules', { ...body.document, people }, { 'if-match': etag })
  })
}

async function publishDraft(ask: Ask, n: number): Promise<void> {
  const made = await ask('POST', '/rules/drafts', { name: `Flow ${n}` })
  const at = `/rules/drafts/${made.body.id}`
  const flow = { id: `flow-${n}`, transactions: [`*flow-${n}*`] }
  const coreFlows = [...made.body.document.coreFlows, flow]
  let { etag } = await ask('PATCH', at, { document: { coreFlows } }, { 'if-match': made.etag })
  await mayTryAgain(async () => {
    const published = await ask('POST', `${at}/publish`, undefined, { 'if-match': etag })
    if (published.status === 412) etag = (await ask('POST', `${at}/rebase`, undefined, { 'if-match': etag })).etag
    return published
  })
}
