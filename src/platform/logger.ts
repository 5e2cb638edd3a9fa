import {
  type DestinationStream,
  destination as fileDescriptor,
  type LevelWithSilent,
  type Logger,
  pino,
  stdTimeFunctions,
} from 'pino'
import { createScrub, HIDDEN } from './scrub.ts'

export type { Logger } from 'pino'
/** What most of the house needs of a logger. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** Names whose text is never logged, wherever they stand. `routingKeyId` and `tokenCount` are not among them. */
const SECRET_NAME =
  /^(authorization|proxy-authorization|(set-)?cookie|.*(secret|token|password|passwd|signature)s?|.*(api|admin|routing|integration|encryption|private|signing)[_-]?keys?)$/i
const DEEPEST = 6
const STDOUT = 1

/**
 * A pino logger that writes JSON lines without secrets, in three nets: text under a secret's name is hidden; errors are
 * written by a fixed list of properties, so no request or header rides along; each line is searched for the values that
 * `secrets()` returns and for what looks like a credential. Default destination: standard output.
 */
export function createLogger(
  level: LevelWithSilent,
  secrets: () => Iterable<string>,
  destination: DestinationStream = fileDescriptor(STDOUT),
): Logger {
  const scrub = createScrub(secrets)
  return pino(
    {
      level,
      base: null,
      formatters: { level: label => ({ level: label }), log: fields => maskFields(fields, 0) },
      serializers: { err: error => (error instanceof Error ? describeError(error, 0) : error) },
      timestamp: stdTimeFunctions.isoTime,
    },
    { write: line => destination.write(scrub(line)) },
  )
}

function maskFields(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, SECRET_NAME.test(name) ? hide(value) : mask(value, depth)]),
  )
}

/** Numbers and booleans under a secret's name say how many or whether: they stay. */
function hide(value: unknown): unknown {
  return value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : HIDDEN
}

function mask(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return describeError(value, depth)
  if (depth >= DEEPEST) return '[too deep]'
  if (Buffer.isBuffer(value)) return `[${value.length} bytes]`
  if (Array.isArray(value)) return value.map(item => mask(item, depth + 1))
  if ('toJSON' in value) return value
  return maskFields(value, depth + 1)
}

/** Only what is ours to tell: HTTP libraries hang the request, with its headers, on their errors. */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const described: Record<string, unknown> = { type: error.name, message: error.message, stack: error.stack }
  for (const name of ['code', 'status', 'statusCode', 'problems'] as const) {
    if (name in error) described[name] = mask(Reflect.get(error, name), depth + 1)
  }
  if (error.cause instanceof Error && depth < DEEPEST) described.cause = describeError(error.cause, depth + 1)
  return described
}
