import type { JobsOptions, QueueOptions, WorkerOptions } from 'bullmq'

/** What all our BullMQ queues and workers have in common, each with its reason. */

interface LockTimes {
  lockDuration: number
  stalledInterval: number
}

/**
 * How long a job of a process that was killed waits for another. With the defaults it came back after 60 s, with 2 s
 * and 1 s after 2.3 s. An event loop blocked longer than the lock runs a job twice: every handler is idempotent.
 */
export const QUICK_LOCKS: LockTimes = { lockDuration: 2000, stalledInterval: 1000 }
export const PATIENT_LOCKS: LockTimes = { lockDuration: 10_000, stalledInterval: 5000 }

/** A job is never given up by the queue: what is beyond repair is recorded by its handler, which then returns. */
const ALWAYS = 1_000_000_000
const LONGEST_RETRY_MS = 30_000

/** `removeOnFail` false: a job that failed for good stays to be seen; with `ALWAYS` attempts only damage gets there. */
export const JOB_OPTIONS: JobsOptions = {
  attempts: ALWAYS,
  backoff: { type: 'ours' },
  removeOnComplete: true,
  removeOnFail: false,
  stackTraceLimit: 1,
}

export function queueOptions(prefix: string): Omit<QueueOptions, 'connection'> {
  return {
    // The hash tag keeps all keys of a queue in one slot of a Redis Cluster.
    prefix: `{${prefix}}`,
    defaultJobOptions: JOB_OPTIONS,
    streams: { events: { maxLen: 100 } },
    // With Redis down when the process starts, waiting would hang the first webhook instead of refusing it, and a
    // version check that failed once would fail every later call.
    skipWaitingForReady: true,
    skipVersionCheck: true,
  }
}

export function workerOptions(prefix: string, locks: LockTimes): Omit<WorkerOptions, 'connection'> {
  return {
    prefix: `{${prefix}}`,
    ...locks,
    // 1, the default, fails a job for good at the second crash that it lives through.
    maxStalledCount: ALWAYS,
    // How long a worker waits after a lost connection; 15 s by default.
    runRetryDelay: 500,
    settings: { backoffStrategy: retryDelay },
  }
}

/** Doubles from a quarter of a second to half a minute, with up to a quarter taken off so that retries spread. */
export function retryDelay(attemptsMade: number, _type?: string, _error?: Error, job?: { id?: string }): number {
  const full = Math.min(250 * 2 ** Math.min(attemptsMade - 1, 10), LONGEST_RETRY_MS)
  const spread = [...(job?.id ?? '')].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 256, 0) / 256
  return Math.round(full * (1 - spread / 4))
}
