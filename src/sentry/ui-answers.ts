import { type ErrorCode, TocsinError } from '../errors.ts'
import type { RefusalReason } from './refusal-watch.ts'

/** What a door of Sentry's UI components answers, as JSON. */
export interface Answer {
  status: number
  body: unknown
}

const REFUSED: Record<RefusalReason, { status: number; code: ErrorCode; title: string; message: string }> = {
  'signature-missing': {
    status: 401,
    code: 'SIGNATURE_MISSING',
    title: 'The webhook carries no signature',
    message: 'No Sentry-App-Signature header. Only Sentry calls here.',
  },
  'signature-invalid': {
    status: 401,
    code: 'SIGNATURE_INVALID',
    title: 'The signature does not fit the body',
    message:
      "Tocsin does not know this integration's client secret, or its installation. Compare the Client Secret in Sentry's integration with the one configured in Tocsin.",
  },
  'too-large': { status: 413, code: 'BODY_TOO_LARGE', title: 'The body is too large', message: 'Over 256 KiB.' },
  'rate-limited': {
    status: 429,
    code: 'TOO_MANY_REQUESTS',
    title: 'Too many requests: wait a little',
    message: 'Too many requests from this address failed verification.',
  },
  incomplete: {
    status: 400,
    code: 'BAD_REQUEST',
    title: 'The request cannot be read',
    message: 'The body ended early or did not match its Content-Length.',
  },
}

/** Problem details, and the same words as `message`: that is what Sentry shows (alert_rule_action_requester.py). */
export function answerRefusal(reason: RefusalReason): Answer {
  const { status, code, title, message } = REFUSED[reason]
  return problem(status, code, title, message)
}

export function answerFailure(error: unknown): Answer {
  if (error instanceof TocsinError && error.status === 503)
    return problem(503, error.code, 'The store cannot be reached: try again', 'The store does not answer: try again.')
  return problem(500, 'INTERNAL', 'Something failed on our side', 'Something failed on our side: try again.')
}

/** Words for whoever sits before Sentry's screen. */
export function says(status: 200 | 400, message: string): Answer {
  return status === 200
    ? { status, body: { message } }
    : problem(400, 'BAD_REQUEST', 'The request cannot be read', message)
}

function problem(status: number, code: ErrorCode, title: string, message: string): Answer {
  return { status, body: { type: `/docs#${code}`, title, status, detail: message, code, errors: [], message } }
}
