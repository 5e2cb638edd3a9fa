/** Every error Tocsin throws on purpose: a code that people can search for, an HTTP status, and whether a retry helps. */
const CATALOGUE = {
  SIGNATURE_MISSING: { status: 401, retry: false },
  SIGNATURE_INVALID: { status: 401, retry: false },
  BODY_TOO_LARGE: { status: 413, retry: false },
  STORE_UNAVAILABLE: { status: 503, retry: true },
  SHUTTING_DOWN: { status: 503, retry: true },
  UNKNOWN_SOURCE: { status: 404, retry: false },
  NOT_FOUND: { status: 404, retry: false },
  METHOD_NOT_ALLOWED: { status: 405, retry: false },
  API_KEY_MISSING: { status: 401, retry: false },
  API_KEY_INVALID: { status: 401, retry: false },
  IDENTITY_UNAVAILABLE: { status: 503, retry: true },
  FORBIDDEN: { status: 403, retry: false },
  TOO_MANY_REQUESTS: { status: 429, retry: true },
  BAD_REQUEST: { status: 400, retry: false },
  INVALID_INPUT: { status: 422, retry: false },
  INVALID_JSON: { status: 400, retry: false },
  INVALID_YAML: { status: 400, retry: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retry: false },
  INVALID_CURSOR: { status: 400, retry: false },
  IF_MATCH_REQUIRED: { status: 428, retry: false },
  STALE_ETAG: { status: 412, retry: true },
  MANAGED_BY_ENVIRONMENT: { status: 409, retry: false },
  IN_USE: { status: 409, retry: false },
  CONFLICT: { status: 409, retry: true },
  TOO_BROAD: { status: 409, retry: false },
  IDEMPOTENCY_KEY_REUSED: { status: 422, retry: false },
  SECRET_UNREADABLE: { status: 500, retry: false },
  SENTRY_API_FAILED: { status: 502, retry: true },
  INTERNAL: { status: 500, retry: true },
} as const

export type ErrorCode = keyof typeof CATALOGUE

/** One thing that is wrong with an input: where (JSON pointer-like path), what, and what to do. */
export interface InputProblem {
  path: string
  message: string
}

export class TocsinError extends Error {
  readonly code: ErrorCode
  readonly status: number
  /** True when the same call may succeed later without a change. */
  readonly retry: boolean
  readonly problems: readonly InputProblem[]

  constructor(code: ErrorCode, detail: string, options: { cause?: unknown; problems?: readonly InputProblem[] } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'TocsinError'
    this.code = code
    this.status = CATALOGUE[code].status
    this.retry = CATALOGUE[code].retry
    this.problems = options.problems ?? []
  }
}
