import { withoutSecret } from '../deliver/fingerprint.ts'

/** What a failed call to Slack means. `gone`: the message that was to be edited is not there to be edited. */
export type FailureMeaning =
  | { kind: 'retry'; code: string; message: string; retryAfterMs: number | null; ambiguous: boolean }
  /** `ofItsOwn`: it is this message that Slack refuses; others it may take. */
  | { kind: 'permanent'; code: string; message: string; ofItsOwn?: boolean }
  | { kind: 'gone'; code: string; message: string }

/** Slack's Retry-After is usually a few seconds; without one, half a minute. */
const WAIT_WITHOUT_HEADER_MS = 30_000
const MOST_WAIT_MS = 10 * 60_000

const GONE = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
  'cant_edit',
  'thread_not_found',
])
/** Slack has trouble, or its answer does not say whether it posted. */
const SLACK_TROUBLE = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
])
const INVITE = 'invite the app to the channel (in Slack: /invite @Tocsin)'
const LAYOUT = 'this is a fault in the message layout: report it'
const TOKEN = 'give the destination a valid bot token (xoxb-…) of an installed app'
/** What to do about it, for the errors that chat.postMessage and chat.update document. */
const PERMANENT: Record<string, string> = {
  not_in_channel: INVITE,
  channel_not_found: `check the channel's name or id; if it is private, ${INVITE}`,
  is_archived: 'the channel is archived: unarchive it or choose another',
  restricted_action: 'a workspace setting forbids the app to post there: ask an administrator',
  invalid_auth: TOKEN,
  not_authed: TOKEN,
  account_inactive: TOKEN,
  token_revoked: TOKEN,
  token_expired: TOKEN,
  not_allowed_token_type: TOKEN,
  missing_scope: 'add the scope chat:write to the Slack app and install it again',
  no_permission: 'add the scope chat:write to the Slack app and install it again',
  ekm_access_denied: 'an administrator has suspended posting',
  team_access_not_granted: 'the app is not approved for this workspace: ask an administrator',
  access_denied: 'the app is not allowed to do this: ask an administrator',
  org_login_required: 'the workspace is being moved to an organization: try again when it is done',
  msg_too_long: LAYOUT,
  msg_blocks_too_long: LAYOUT,
  no_text: LAYOUT,
  invalid_blocks: LAYOUT,
  invalid_blocks_format: LAYOUT,
  metadata_must_be_sent_from_app: TOKEN,
  invalid_metadata_format: LAYOUT,
  invalid_arguments: 'this is a fault in the request: report it',
  invalid_arg_name: 'this is a fault in the request: report it',
  invalid_form_data: 'this is a fault in the request: report it',
  unknown_method: "check the destination's url",
  deprecated_endpoint: "check the destination's url",
  method_deprecated: "check the destination's url",
}
/** The connection, or the TLS on it, never stood: nothing can have been posted. */
const NEVER_REACHED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$|CERT|^ERR_TLS|^UNABLE_TO_/

/**
 * Reads what the library threw. Anything it cannot name is worth another try and may have been accepted: Slack has no
 * idempotency key, so the caller looks before it posts again. `token` is taken out of every text.
 */
export function readFailure(error: unknown, token: string): FailureMeaning {
  const meaning = readKnown(error)
  return { ...meaning, message: withoutSecret(meaning.message, token).slice(0, 500) }
}

function readKnown(error: unknown): FailureMeaning {
  if (!(error instanceof Error)) return retry('unknown', 'Slack failed in an unknown way')
  const code = 'code' in error ? error.code : null
  if (code === 'slack_webapi_platform_error') return readPlatform('data' in error ? error.data : null)
  if (code === 'slack_webapi_rate_limited_error') {
    const seconds = 'retryAfter' in error && typeof error.retryAfter === 'number' ? error.retryAfter : null
    return rateLimited(seconds)
  }
  // A 429 without a usable Retry-After is a plain Error of the library (WebClient.js, makeRequest).
  if (/^Retry header did not contain/.test(error.message)) return rateLimited(null)
  if (code === 'slack_webapi_http_error') return readStatus('statusCode' in error ? Number(error.statusCode) : 0)
  return readNetwork(error)
}

function readPlatform(data: unknown): FailureMeaning {
  const said = typeof data === 'object' && data !== null && 'error' in data ? data.error : null
  // When the body is not JSON the library puts it here whole: a proxy spoke, not Slack.
  if (typeof said !== 'string' || !/^[a-z][a-z0-9_.-]{0,79}$/.test(said))
    return retry('not_slack', "the answer is not Slack's; a proxy may be in between")
  if (said === 'ratelimited' || said === 'rate_limited') return rateLimited(retryAfterOf(data))
  if (GONE.has(said)) return { kind: 'gone', code: said, message: `Slack says ${said}` }
  const advice = Object.hasOwn(PERMANENT, said) ? PERMANENT[said] : undefined
  if (advice !== undefined) {
    const refused = { kind: 'permanent' as const, code: said, message: `Slack refused (${said}): ${advice}` }
    return advice === LAYOUT ? { ...refused, ofItsOwn: true } : refused
  }
  return retry(said, SLACK_TROUBLE.has(said) ? `Slack has trouble (${said})` : `Slack refused (${said})`)
}

function readStatus(status: number): FailureMeaning {
  const code = `http_${status}`
  if (status >= 500 || status === 408 || status < 400) return retry(code, `Slack answered HTTP ${status}`)
  const message = `Slack's address answered HTTP ${status}: check the destination's url`
  return { kind: 'permanent', code, message }
}

function readNetwork(error: Error): FailureMeaning {
  const chain = causes(error)
  if (chain.some(one => /redirect/i.test(one.message)))
    return {
      kind: 'permanent',
      code: 'redirect',
      message: "Slack's address redirects, and redirects are not followed: correct the destination's url",
    }
  if (chain.some(one => one.name === 'TimeoutError' || one.name === 'AbortError'))
    return retry('timeout', 'Slack did not answer in time')
  const code = chain.map(one => ('code' in one ? one.code : null)).findLast(one => typeof one === 'string')
  const named = typeof code === 'string' && !code.startsWith('slack_webapi') ? code : 'unknown'
  const answer = retry(`network_${named}`, `Slack could not be reached, or the answer was cut short (${named})`)
  return NEVER_REACHED.test(named) ? { ...answer, ambiguous: false } : answer
}

function causes(error: Error): Error[] {
  const chain: Error[] = []
  let one: unknown = error
  while (one instanceof Error && chain.length < 8) {
    chain.push(one)
    one = one.cause
  }
  return chain
}

function retry(code: string, message: string): FailureMeaning & { kind: 'retry' } {
  return { kind: 'retry', code, message, retryAfterMs: null, ambiguous: true }
}

function rateLimited(seconds: number | null): FailureMeaning {
  const asked = seconds === null ? WAIT_WITHOUT_HEADER_MS : Math.max(0, seconds) * 1000
  return {
    kind: 'retry',
    code: 'ratelimited',
    message: 'Slack takes no more messages just now',
    retryAfterMs: Math.min(asked, MOST_WAIT_MS),
    ambiguous: false,
  }
}

function retryAfterOf(data: unknown): number | null {
  if (typeof data !== 'object' || data === null || !('response_metadata' in data)) return null
  const metadata = data.response_metadata
  if (typeof metadata !== 'object' || metadata === null || !('retryAfter' in metadata)) return null
  return typeof metadata.retryAfter === 'number' ? metadata.retryAfter : null
}
