import t from 'tap'
import { readFailure } from '../../src/slack/read-failure.ts'

const TOKEN = 'xoxb-1-secret'
const failure = (fields: object, message = 'failed') => readFailure(Object.assign(new Error(message), fields), TOKEN)
const platform = (error: unknown, rest: object = {}) =>
  failure({ code: 'slack_webapi_platform_error', data: { ok: false, error, ...rest } })
const http = (statusCode: number) => failure({ code: 'slack_webapi_http_error', statusCode })
const network = (cause: Error) => readFailure(new Error('A request error occurred', { cause }), TOKEN)
const named = (name: string) => Object.assign(new Error('x'), { name })
const coded = (code: string) => Object.assign(new Error('x'), { code })

t.test('what Slack refuses for good says what to do', async t => {
  const table: [string, RegExp][] = [
    ['not_in_channel', /invite the app/],
    ['channel_not_found', /check the channel's name.*invite/],
    ['is_archived', /archived/],
    ['invalid_auth', /bot token/],
    ['token_revoked', /bot token/],
    ['missing_scope', /chat:write/],
    ['invalid_blocks', /fault in the message layout/],
  ]
  for (const [error, advice] of table) t.match(platform(error), { kind: 'permanent', code: error, message: advice })
})

t.test('what will pass, or is not known, is tried again and looked up first', async t => {
  for (const error of [
    'internal_error',
    'fatal_error',
    'service_unavailable',
    'request_timeout',
    'some_new_error',
    'constructor',
  ])
    t.match(platform(error), { kind: 'retry', code: error, ambiguous: true })
  for (const status of [500, 502, 503, 408])
    t.match(http(status), { kind: 'retry', code: `http_${status}`, ambiguous: true })
  t.match(platform('<html>Sign in</html>'), { kind: 'retry', code: 'not_slack', ambiguous: true })
  t.match(platform(undefined), { kind: 'retry', code: 'not_slack' })
  t.match(failure({ code: 'slack_webapi_platform_error', data: null }), { kind: 'retry', code: 'not_slack' })
  t.match(readFailure('text', TOKEN), { kind: 'retry', code: 'unknown', ambiguous: true })
})

t.test('a message that cannot be edited any more is gone', async t => {
  for (const error of ['message_not_found', 'cant_update_message', 'edit_window_closed'])
    t.match(platform(error), { kind: 'gone', code: error })
})

t.test('rate limits wait as told, half a minute when not told, never more than ten minutes', async t => {
  t.match(failure({ code: 'slack_webapi_rate_limited_error', retryAfter: 7 }), {
    kind: 'retry',
    retryAfterMs: 7_000,
    ambiguous: false,
  })
  t.match(failure({ code: 'slack_webapi_rate_limited_error', retryAfter: 99_999 }), { retryAfterMs: 600_000 })
  t.match(failure({ code: 'slack_webapi_rate_limited_error' }), { retryAfterMs: 30_000 })
  t.match(failure({}, 'Retry header did not contain a valid timeout (url: x)'), {
    retryAfterMs: 30_000,
    ambiguous: false,
  })
  t.match(platform('ratelimited', { response_metadata: { retryAfter: 3 } }), { retryAfterMs: 3_000 })
  t.match(platform('rate_limited', { response_metadata: {} }), { retryAfterMs: 30_000 })
  t.match(platform('rate_limited', { response_metadata: null }), { retryAfterMs: 30_000 })
  t.match(platform('rate_limited', { response_metadata: { retryAfter: 'x' } }), { retryAfterMs: 30_000 })
})

t.test('a wrong address is permanent', async t => {
  for (const status of [400, 403, 404, 410])
    t.match(http(status), { kind: 'permanent', message: /check the destination's url/ })
  t.match(network(new Error('unexpected redirect')), { kind: 'permanent', code: 'redirect' })
})

t.test('the network: what never connected was not posted, anything else may have been', async t => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'])
    t.match(network(coded(code)), { kind: 'retry', code: `network_${code}`, ambiguous: false })
  t.match(network(coded('ECONNRESET')), { kind: 'retry', code: 'network_ECONNRESET', ambiguous: true })
  t.match(network(named('TimeoutError')), { kind: 'retry', code: 'timeout', ambiguous: true })
  t.match(readFailure(new TypeError('terminated'), TOKEN), { kind: 'retry', code: 'network_unknown', ambiguous: true })
})

t.test('the token is taken out of every message', async t => {
  t.notMatch(JSON.stringify(platform(`x ${TOKEN}`)), TOKEN)
})
