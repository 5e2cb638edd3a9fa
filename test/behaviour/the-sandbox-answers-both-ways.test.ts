import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { every } from '../../src/platform/every.ts'
import { createLogger } from '../../src/platform/logger.ts'
import { startService } from '../../src/service.ts'
import { until } from '../support/until.ts'

/** The service as `npm start` runs it with nothing configured, and somebody before its page. */
async function startSandboxed(t: Test) {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-test-'))
  const service = await startService({
    config: readConfig({ PORT: '0', DATA_DIR: dataDir }),
    clock: systemClock,
    log: createLogger('error', () => []),
    pid: process.pid,
    random: Math.random,
    every,
    onSecrets() {},
  })
  t.teardown(async () => {
    await service.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  const { pagerduty, slack } = service.sandbox ?? {}
  if (!pagerduty || !slack) throw new Error('there is no sandbox')
  const get = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(`${service.url}${path}`, { headers })).text()
  const post = (path: string, form: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    fetch(`${service.url}${path}`, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams(form) })
  const incident = async () => {
    const headers = { authorization: `Bearer ${service.config.adminApiKey}` }
    return JSON.parse(await get('/api/v1/incidents', headers)).items[0]
  }
  /** Where the form of that button posts to. */
  const button = async (label: string) => {
    const page = await get('/sandbox')
    return [...page.matchAll(/<form method="post" action="([^"]+)"[^>]*><button>([^<]+)</g)].find(
      ([, , said]) => said === label,
    )?.[1]
  }
  const press = async (label: string) => post((await button(label)) ?? `/no-button-${label}`)
  return { service, pagerduty, slack, get, post, incident, press, button }
}

t.test('escalated in Slack, acknowledged and resolved at PagerDuty: each is known everywhere', async t => {
  const { pagerduty, slack, post, press, incident, button, get } = await startSandboxed(t)
  const said = () => JSON.stringify(slack.posts.map(({ blocks }) => blocks))
  await post('/sandbox/send/type-error-after-release')
  await until(async () => (await button('Escalate now')) !== undefined)
  t.equal((await press('Escalate now')).status, 303)
  await until(() => pagerduty.openAlerts().length === 1)

  await until(async () => (await button('Acknowledge'))?.startsWith('/sandbox/pagerduty/') === true)
  t.equal((await press('Acknowledge')).status, 303)
  await until(async () => (await incident()).status === 'acknowledged')
  t.match(await incident(), { acknowledgedBy: { via: 'pagerduty', name: 'you' } })
  await until(() => /acknowledged[^"]* by you/.test(said()))

  t.equal((await press('Resolve')).status, 303)
  await until(async () => (await incident()).status === 'resolved')
  await until(() => !said().includes('tocsin:'))
  t.same(pagerduty.openAlerts(), [])
  t.notMatch(await get('/readyz'), /answers given there are not known here/)
})

t.test('every window can be drawn: silence with its end and reason, assign', async t => {
  const { post, press, incident, button, get } = await startSandboxed(t)
  await post('/sandbox/send/type-error-after-release')
  await until(async () => (await button('Silence…')) !== undefined)
  const silence = (await press('Silence…')).headers.get('location') ?? ''
  t.match(await get(silence), /<select name="for">.*name="until".*<textarea name="reason"/s)
  t.equal((await post(silence, { for: '30', until: '', reason: '' })).status, 422)
  t.equal((await post(silence, { for: '30', until: '', reason: 'the vendor is on it' })).status, 303)
  await until(async () => (await incident()).silenced !== null)
  const assign = (await press('Assign…')).headers.get('location') ?? ''
  t.match(await get(assign), /name="to" value="U0SANDBOX" required/)
  t.equal((await post(assign, { to: 'U0SANDBOX' })).status, 303)
  await until(async () => (await incident()).owner?.name === 'Person U0SANDBOX')
})

t.test('resolved in Slack through its window, which says what is missing', async t => {
  const { slack, post, press, incident, button, get } = await startSandboxed(t)
  await post('/sandbox/send/type-error-after-release')
  await until(async () => (await button('Resolve…')) !== undefined)
  const where = (await press('Resolve…')).headers.get('location') ?? ''
  t.match(where, /^\/sandbox\/windows\/V/)
  t.match(await get(where), /<h1>Resolve<\/h1>.*<option value="next"/s)
  const unnamed = await post(where, { when: 'release', release: '', reason: '' })
  t.equal(unnamed.status, 422)
  t.match(await unnamed.text(), /role="alert">Name the release/)
  t.equal((await post(where, { when: 'next', reason: 'fixed in main' })).status, 303)
  await until(async () => (await incident()).status === 'resolved')
  await until(() => slack.posts.every(({ blocks }) => !JSON.stringify(blocks).includes('tocsin:')))
  t.equal((await post('/sandbox/windows/V404', {})).status, 404)
  t.equal((await post(where, {}, { 'sec-fetch-site': 'cross-site' })).status, 403)
})
