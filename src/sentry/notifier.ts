import type { SentryDestination } from '../deliver/destination.ts'
import { withoutSecret } from '../deliver/fingerprint.ts'
import type { Message, Notifier, SendResult } from '../deliver/notifier.ts'
import { secureUrlSchema } from '../deliver/secure-url.ts'
import type { SentryWrite } from '../incidents/change.ts'
import { type ApiReply, type Changing, sendRequest } from './api-request.ts'
import { commentText, isAmongComments, isSoAlready, overtakenBecause, requestOf, writeWords } from './api-writes.ts'
import { isRepeatedComment, readWriteFailure } from './read-write-failure.ts'

export interface SentryNotifierOptions {
  /** Bounds each request. */
  timeoutMs: number
  /** Told before an issue is changed: what comes back as a webhook may be our own echo. */
  onWriting?(source: string, issue: string, write: SentryWrite): Promise<void>
}

/** A write whose issue, destination and token are known to be there. */
interface Writing {
  destination: SentryDestination & { organization: string }
  token: string
  issue: string
  write: SentryWrite
  message: Message
}

/** "Per caller and endpoint" (sentry-docs: docs/api/ratelimits.mdx); its numbers are not told: far below what was ever seen. */
const PACING = { intervalMs: 100, burst: 20 }
/** Sentry's ids; whatever else is in an address could make it the bulk form, which changes everything. */
const ISSUE_ID = /^[A-Za-z0-9_-]{1,64}$/

/**
 * Writes back to Sentry what people decided about its issue. One change of one issue per call; after an attempt that may
 * have been taken, the issue is read first, and what is so already is not written again. What the incident no longer asks
 * for is dropped.
 */
export function createSentryNotifier(options: SentryNotifierOptions): Notifier {
  const { timeoutMs } = options

  async function write(writing: Writing): Promise<SendResult> {
    const { destination, issue, message } = writing
    const overtaken = message.incident === null ? null : overtakenBecause(writing.write, message.incident)
    if (overtaken !== null) return { outcome: 'dropped', reason: overtaken }
    const request = requestOf(writing.write, message.incidentUrl)
    if (typeof request === 'string') return ofItsOwn('not_sentrys', request)
    if (message.notification.ambiguous) {
      const found = await lookUp(writing)
      if (found !== null) return found
    }
    await options.onWriting?.(destination.source, issue, writing.write)
    const reply = await ask(writing, request.path, request)
    if (reply.kind === 'ok') return done(writing)
    if (writing.write.kind === 'comment' && isRepeatedComment(reply)) return done(writing, ': it was there already')
    return readWriteFailure(reply, { source: destination.source, timeoutMs, changing: true, now: message.now })
  }

  /** What became of an attempt whose answer was lost; null: it was not taken, or nobody can tell and repeating is harmless. */
  async function lookUp(writing: Writing): Promise<SendResult | null> {
    const { destination, message, write } = writing
    const already = ': an earlier attempt had been taken'
    if (write.kind === 'comment') {
      const reply = await ask(writing, 'comments/')
      const said = commentText(write.text, message.incidentUrl)
      if (reply.kind === 'ok') return isAmongComments(said, reply.body) ? done(writing, already) : null
      // Sentry refuses the same comment for an hour by itself; to be kept from reading them must not keep it from being told.
      if (reply.kind === 'refused' && reply.status < 500 && reply.status !== 429) return null
      return readWriteFailure(reply, { source: destination.source, timeoutMs, changing: false, now: message.now })
    }
    const reply = await ask(writing, '')
    if (reply.kind === 'ok') return isSoAlready(write, reply.body) === true ? done(writing, already) : null
    return readWriteFailure(reply, { source: destination.source, timeoutMs, changing: false, now: message.now })
  }

  function ask({ destination, token, issue }: Writing, path: string, changing?: Changing): Promise<ApiReply> {
    const base = destination.url.replace(/\/+$/, '')
    const organization = encodeURIComponent(destination.organization)
    const url = new URL(`${base}/api/0/organizations/${organization}/issues/${encodeURIComponent(issue)}/${path}`)
    const body = changing === undefined ? null : { method: changing.method, body: changing.body }
    return sendRequest(url, token, AbortSignal.timeout(timeoutMs), body)
  }

  return {
    kind: 'sentry',
    pages: false,
    async send(message) {
      const token = message.secret.apiToken ?? ''
      try {
        const writing = writingOf(message, token)
        return withoutToken('outcome' in writing ? writing : await write(writing), token)
      } catch (error) {
        const what = error instanceof Error ? error.message : 'unknown'
        const text = withoutSecret(`nothing could be written to Sentry: ${what}`, token)
        return { outcome: 'retry', code: 'internal', message: text, retryAfterMs: null, ambiguous: true }
      }
    },
    pacing: destination => ({ key: `sentry:${destination.id}`, ...PACING }),
    async close() {},
  }
}

function writingOf(message: Message, token: string): Writing | SendResult {
  const { destination, incident, notification } = message
  if (destination.kind !== 'sentry') return permanent('wrong_kind', `${destination.id} is no Sentry source`)
  const { write } = notification
  if (write === null) return { outcome: 'dropped', reason: `Sentry is told no ${notification.kind}` }
  if (incident === null) return { outcome: 'dropped', reason: 'the incident no longer exists' }
  if (incident.issue === null) return { outcome: 'dropped', reason: 'it is about no single issue of Sentry' }
  if (!ISSUE_ID.test(incident.issue)) return ofItsOwn('bad_issue', 'its issue has no id that Sentry could know')
  const { organization, source } = destination
  // Not to write back is a way to run, not a failure that needs a person.
  if (organization === null || token === '')
    return {
      outcome: 'dropped',
      reason: `source "${source}" has no ${organization === null ? 'organization' : 'API token'}: nothing is written back; set one with the scope event:write`,
    }
  // The token travels in a header.
  if (!secureUrlSchema.safeParse(destination.url).success)
    return permanent('bad_url', `the url of source "${source}" must be https (plain http only on loopback)`)
  return { destination: { ...destination, organization }, token, issue: incident.issue, write, message }
}

function done({ write, issue }: Writing, note = ''): SendResult {
  return { outcome: 'sent', reference: null, detail: `${writeWords(write)} (issue ${issue})${note}` }
}

function permanent(code: string, message: string): SendResult {
  return { outcome: 'permanent', code, message }
}

/** Another write may be taken all the same. */
function ofItsOwn(code: string, message: string): SendResult {
  return { outcome: 'permanent', code, message, ofItsOwn: true }
}

function withoutToken(result: SendResult, token: string): SendResult {
  return 'message' in result ? { ...result, message: withoutSecret(result.message, token) } : result
}
