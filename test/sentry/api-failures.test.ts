import { createServer } from 'node:http'
import t from 'tap'
import type { Fault } from '../../src/sandbox/stand-in-fault.ts'
import { PRODUCTION, startApi, TOKEN } from './api-under-test.ts'

/** What an operator sees of each way in which Sentry's API fails, asked live and in the background. */
const FAILURES: {
  name: string
  fault: Fault
  outcome: string
  reason: RegExp
  retry: boolean
  /** It shows as trouble of the source: `whole` only when the question named nothing that may be gone. */
  trouble: boolean | 'whole'
  refused?: boolean
}[] = [
  {
    name: '401',
    fault: { kind: 'status', status: 401 },
    outcome: '401',
    reason: /does not know the API token of source "default": set a token with .*org:read, project:read, event:write/,
    retry: false,
    trouble: true,
    refused: true,
  },
  {
    name: '403',
    fault: { kind: 'status', status: 403 },
    outcome: '403',
    reason: /may not read this: give its integration the scopes org:read, project:read, event:write/,
    retry: false,
    trouble: true,
    refused: true,
  },
  {
    name: '404',
    fault: { kind: 'status', status: 404 },
    outcome: '404',
    reason: /no such issue, project or organization.*check its organization slug, its projects and its url \(404/,
    retry: false,
    trouble: 'whole',
  },
  {
    name: '400',
    fault: { kind: 'status', status: 400, body: '{"detail":"Invalid query for joe@example.com"}' },
    outcome: '400',
    reason: /does not take the question \(400: "Invalid query for \[email\]"\)/,
    retry: false,
    trouble: 'whole',
  },
  {
    name: 'a plan without questions over several projects',
    fault: {
      kind: 'status',
      status: 400,
      body: '{"detail":"You do not have the multi project stream feature enabled"}',
    },
    outcome: '400',
    reason: /plan lets source "default" ask about one project at a time only/,
    retry: false,
    trouble: 'whole',
  },
  {
    name: '429',
    fault: { kind: 'status', status: 429 },
    outcome: '429',
    reason: /rate limit is used up; asked again after its reset/,
    retry: true,
    trouble: true,
  },
  {
    name: '500',
    fault: { kind: 'status', status: 500, body: null },
    outcome: '500',
    reason: /Sentry is in trouble; asked again later \(500\)/,
    retry: true,
    trouble: true,
  },
  {
    name: '503 with a page',
    fault: { kind: 'status', status: 503, body: '<html>' },
    outcome: '503',
    reason: /in trouble.*\(503\)/,
    retry: true,
    trouble: true,
  },
  {
    name: 'no answer',
    fault: { kind: 'hang' },
    outcome: 'timeout',
    reason: /did not answer within 0.25 s; asked again later/,
    retry: true,
    trouble: true,
  },
  {
    name: 'reset',
    fault: { kind: 'reset' },
    outcome: 'unreachable',
    reason: /cannot be reached \(\S+\): check the url of source "default" and the network/,
    retry: true,
    trouble: true,
  },
  {
    name: 'a body that breaks off',
    fault: { kind: 'truncated' },
    outcome: 'broken-off',
    reason: /^Sentry's answer broke off/,
    retry: true,
    trouble: true,
  },
  {
    name: 'JSON that ends too early',
    fault: { kind: 'status', status: 200, body: '{"data":[' },
    outcome: 'broken-off',
    reason: /^Sentry's answer broke off/,
    retry: true,
    trouble: true,
  },
  {
    name: 'a page instead of JSON',
    fault: { kind: 'html' },
    outcome: 'not-json',
    reason: /not Sentry's API \(no JSON\): check the url of source "default" and any proxy/,
    retry: true,
    trouble: true,
  },
  {
    name: 'an empty answer',
    fault: { kind: 'status', status: 200, body: null },
    outcome: 'not-json',
    reason: /no JSON/,
    retry: true,
    trouble: true,
  },
  {
    name: 'another shape',
    fault: { kind: 'status', status: 200, body: '{"data":{"count()":"many"}}' },
    outcome: 'unexpected',
    reason: /lacks what (?:issue-counts|list-issues) needs: the API may have changed/,
    retry: true,
    trouble: true,
  },
  {
    name: 'too much',
    fault: { kind: 'status', status: 200, body: JSON.stringify('x'.repeat(5_000_000)) },
    outcome: 'too-large',
    reason: /larger than 4 MiB/,
    retry: false,
    trouble: true,
  },
]

const questions = {
  'issue-counts': { source: 'default', project: 'shop', production: PRODUCTION, issue: '7', windowSeconds: 3600 },
  'list-issues': { source: 'default', project: null, environments: [], span: null, cursor: null },
}

for (const { name, fault, outcome, reason, retry, trouble, refused = false } of FAILURES) {
  for (const question of ['issue-counts', 'list-issues'] as const) {
    t.test(`${name}, at ${question}: an answer with its reason, no exception, no token`, async t => {
      // Only a Sentry that hangs is waited for to the end: for the others, how fast this machine is must not show.
      const timeoutMs = fault.kind === 'hang' ? 250 : 30_000
      const { api, sentry, outcomes, clock } = await startApi(t, {}, { timeoutMs, backgroundTimeoutMs: timeoutMs })
      const ask = () =>
        question === 'issue-counts' ? api.issueCounts(questions[question]) : api.listIssues(questions[question])
      sentry.fail(fault)
      const answer = await ask()
      t.match(answer, { ok: false, reason, retry })
      t.same(outcomes, [`${question} ${outcome}`])
      const shows = trouble === true || (trouble === 'whole' && question === 'list-issues')
      t.match(api.health('default'), {
        lastError: shows ? reason : null,
        refused,
        requests: 1,
        failures: shows ? 1 : 0,
        lastAnswerAt: shows ? null : clock.now(),
      })
      t.notOk(JSON.stringify([answer, api.health('default')]).includes(TOKEN))
      sentry.heal()
      clock.wind(60_000)
      t.match(await ask(), { ok: true }, 'a failure is not remembered as an answer')
      t.match(api.health('default'), { lastError: null, refused: false, requests: 2, lastAnswerAt: clock.now() })
    })
  }
}

t.test('a refusal whose words break off is that refusal still', async t => {
  const breaking = createServer((_request, response) => {
    response.writeHead(401, { 'content-type': 'application/json', 'content-length': 500 })
    response.write('{"det', () => response.socket?.destroy())
  })
  await new Promise<void>(resolve => breaking.listen(0, '127.0.0.1', resolve))
  t.teardown(() => breaking.close())
  const address = breaking.address()
  const port = typeof address === 'object' ? address?.port : null
  const { api, outcomes } = await startApi(t, { url: `http://127.0.0.1:${port}` })
  t.match(await api.listIssues(questions['list-issues']), { ok: false, reason: /does not know the API token/ })
  t.same(outcomes, ['list-issues 401'])
})

t.test('what nobody can see of a project that is gone is no trouble of the source', async t => {
  const { api, sentry } = await startApi(t)
  sentry.fail({ kind: 'status', status: 404 })
  t.match(await api.listIssues({ ...questions['list-issues'], project: 'gone' }), { ok: false, retry: false })
  t.match(await api.listIssues({ ...questions['list-issues'], environments: ['gone'] }), { ok: false, retry: false })
  t.match(api.health('default'), { lastError: null, requests: 2, failures: 0 })
})
