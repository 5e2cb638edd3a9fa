import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { TocsinError } from '../errors.ts'
import type { Log } from './logger.ts'

export type RedisLike = Redis | Cluster

/** A unix socket (the embedded server), or one URL, or several: the nodes of a Redis Cluster. */
export type RedisTarget = { path: string } | { url: readonly string[] }

/**
 * What a connection is for decides how it fails:
 * - `door`: at once, so that a webhook is answered 503 inside Sentry's second. A default connection hangs the request;
 *   this one refused in 2 ms with Redis dead and in 817 ms with Redis frozen.
 * - `store`: after a few seconds, so that a restart of Redis goes unnoticed and an operator still gets an answer.
 * - `queue`, `worker`: never; BullMQ waits for Redis to come back and goes on.
 */
export type RedisPurpose = 'door' | 'store' | 'queue' | 'worker'

/** Replies in the shapes of RESP2, as all our code expects: so this option is never set. */
type Options = Omit<RedisOptions, 'replyMapping'>

const OPTIONS: Record<RedisPurpose, Options> = {
  door: { enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 800 },
  store: { maxRetriesPerRequest: 20, commandTimeout: 10_000 },
  queue: { maxRetriesPerRequest: null },
  worker: { maxRetriesPerRequest: null },
}

/** Reconnects for ever, quickly: the embedded server is back within a second of a crash. */
export function reconnectDelay(times: number): number {
  return Math.min(times * 25, 500)
}

/**
 * Opens a connection; does not wait for it. Errors of the connection are logged once per outage, never thrown.
 * The caller ends it with `quit()` or `disconnect()`.
 */
export function connectRedis(target: RedisTarget, purpose: RedisPurpose, log: Log): RedisLike {
  const options: Options = { ...OPTIONS[purpose], connectionName: `tocsin-${purpose}` }
  const redis = open(target, options)
  let down = false
  function lost(fields: { err?: Error }): void {
    if (!down) log.warn({ ...fields, connection: purpose }, 'Redis cannot be reached; trying again')
    down = true
  }
  redis.on('error', (error: Error) => lost({ err: error }))
  redis.on('reconnecting', () => lost({}))
  redis.on('ready', () => {
    if (down) log.info({ connection: purpose }, 'Redis is back')
    down = false
  })
  return redis
}

/** A Redis that is starting beside us may take its time. */
const FIRST_ANSWER_MS = 10_000

/** Resolves when the server answers for the first time; else throws STORE_UNAVAILABLE with the reason. Never the URL: it may hold a password. */
export async function untilReached(redis: RedisLike, withinMs = FIRST_ANSWER_MS): Promise<void> {
  let reason = `no answer within ${withinMs / 1000} s`
  // The refused command names only how often it was tried; the connection's own errors say why.
  const note = (error: Error) => {
    const ofNode = 'lastNodeError' in error ? error.lastNodeError : null
    reason = ofNode instanceof Error ? ofNode.message : error.message
  }
  redis.on('error', note)
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('too late')), withinMs)
  try {
    await Promise.race([redis.ping(), late])
  } catch (error) {
    // What the server itself answered: a wrong password, say.
    if (error instanceof Error && error.name === 'ReplyError') note(error)
    throw new TocsinError('STORE_UNAVAILABLE', `REDIS_URL cannot be reached: ${reason}`, { cause: error })
  } finally {
    clearTimeout(timer)
    redis.off('error', note)
  }
}

function open(target: RedisTarget, options: Options): RedisLike {
  if ('path' in target) return new Redis({ ...options, path: target.path, retryStrategy: reconnectDelay })
  const [first, ...others] = target.url
  if (first === undefined) throw new RangeError('no Redis URL was given')
  if (others.length === 0) return new Redis(first, { ...options, retryStrategy: reconnectDelay })
  const { enableOfflineQueue = true, ...redisOptions } = options
  return new Cluster([...target.url], {
    enableOfflineQueue,
    clusterRetryStrategy: reconnectDelay,
    // Nodes found by asking the cluster get neither credentials nor TLS from the URLs: they are the first URL's.
    redisOptions: { ...redisOptions, ...credentials(new URL(first)) },
  })
}

function credentials(url: URL): Options {
  return {
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  }
}
