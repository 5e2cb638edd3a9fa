import { envelope, hexId, isoTime, ORGANIZATION, SENTRY } from './envelope.ts'
import { PROJECTS } from './issue-payload.ts'
import { float } from './serialize.ts'

export interface EventOptions {
  now: number
  issue: string
  /** 32 hex digits; made from issue and time when left out. */
  event?: string
  errorClass?: string
  message?: string
  project?: string
  transaction?: string
  level?: string
  /** null: the event names none. */
  environment?: string | null
  release?: string | null
  handled?: boolean | null
  /** null: no user context; left out: another buyer each millisecond. */
  user?: { id?: string; email?: string; ip_address?: string; username?: string } | null
  tags?: Record<string, string>
  /** Source file and function of the deepest frame of the application. */
  frame?: { file: string; function: string; line: number }
  replay?: string
  contexts?: object
  /** Issue-platform data instead of an exception: crons, uptime, metric issues, feedback. */
  occurrence?: object
}

/** A stored event as `event_alert` and `error` carry it: flattened, the project as a number, tags as pairs, floats for times. */
export function eventPayload(options: EventOptions): object {
  const { now, issue, project = 'web-shop', errorClass = 'TypeError', message = 'total is undefined' } = options
  const { transaction = '/cart', environment = 'production', release = 'web-shop@2.4.0', level = 'error' } = options
  const event = options.event ?? hexId('event', issue, now)
  const user = options.user === undefined ? buyer(now) : options.user
  const title = `${errorClass}: ${message}`
  return {
    event_id: event,
    project: Number(PROJECTS[project] ?? 300),
    release,
    dist: null,
    platform: 'javascript',
    message: '',
    datetime: isoTime(now),
    tags: tagPairs({ ...options, environment, release, level, transaction, user }),
    _ref: 301,
    _ref_version: 2,
    contexts: contextsOf(options, event),
    culprit: transaction,
    ...(environment === null ? {} : { environment }),
    ...(options.occurrence === undefined
      ? exceptionOf(options, errorClass, message)
      : { occurrence: options.occurrence }),
    level,
    location: options.frame?.file ?? 'src/cart/total.ts',
    logger: '',
    metadata: { type: errorClass, value: message },
    received: float(Math.round(now / 1000)),
    timestamp: float(Math.round(now / 1000)),
    title,
    transaction,
    type: options.occurrence === undefined ? 'error' : 'generic',
    user,
    url: `https://sentry.io/api/0/projects/${ORGANIZATION}/${project}/events/${event}/`,
    web_url: `${SENTRY}/issues/${issue}/events/${event}/`,
    issue_url: `https://sentry.io/api/0/organizations/${ORGANIZATION}/issues/${issue}/`,
    issue_id: issue,
  }
}

function buyer(now: number): NonNullable<EventOptions['user']> {
  const id = String(now % 100_000)
  return { id, email: `buyer${id}@example.com`, ip_address: '198.51.100.7' }
}

function tagPairs(options: EventOptions): [string, string][] {
  const { environment, handled, level, release, transaction, user } = options
  const unhandled = handled === undefined || handled === false
  const said: Record<string, string | null | undefined> = {
    environment,
    handled: handled === null || options.occurrence !== undefined ? null : unhandled ? 'no' : 'yes',
    level,
    release,
    transaction,
    replayId: options.replay,
    user: user?.id === undefined ? (user?.ip_address === undefined ? null : `ip:${user.ip_address}`) : `id:${user.id}`,
    ...options.tags,
  }
  return Object.entries(said).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
}

function contextsOf(options: EventOptions, event: string): object {
  return {
    browser: { name: 'Firefox', version: '151.0', type: 'browser' },
    trace: { trace_id: hexId('trace', event), span_id: hexId('span', event).slice(0, 16), type: 'trace' },
    ...(options.replay === undefined ? {} : { replay: { replay_id: options.replay, type: 'replay' } }),
    ...options.contexts,
  }
}

/** Frames oldest first, libraries among them; the last exception is the one that was thrown. */
function exceptionOf(options: EventOptions, type: string, value: string): object {
  const { frame = { file: 'src/cart/total.ts', function: 'totalOf', line: 42 }, handled = false } = options
  const frames = [
    { filename: 'node_modules/router/index.js', function: 'dispatch', lineno: 118, in_app: false },
    { filename: 'src/server.ts', function: 'handle', lineno: 64, in_app: true },
    { filename: frame.file, function: frame.function, lineno: frame.line, in_app: true },
    { filename: 'node:internal/process/task_queues', function: 'processTicks', lineno: 105, in_app: false },
  ]
  const mechanism = { type: handled === true ? 'generic' : 'onunhandledrejection', handled }
  return { exception: { values: [{ type, value, mechanism, stacktrace: { frames } }] } }
}

/** `event_alert.triggered`; `settings` is what somebody chose for our integration in Sentry's alert screen. */
export function eventAlert(event: object, rule: string, settings?: { name: string; value: string }[]): object {
  const alert = settings === undefined ? {} : { issue_alert: { id: 88, title: rule, sentry_app_id: 12, settings } }
  return envelope('triggered', { event, triggered_rule: rule, ...alert })
}

/** `error.created`. */
export function errorCreated(event: object): object {
  return envelope('created', { error: event })
}
