import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Webhook } from './webhooks.ts'

/** Signed webhooks over a few kept connections, sent again until each was answered 202. */
export interface Load {
  /** Every delivery id that was answered 202, and what it was about. */
  answered: ReadonlyMap<string, Webhook>
  /** Answered 503: nothing durable could be written. */
  refused(): number
  /** Cut off without an answer: nobody knows whether they were stored. */
  cutOff(): number
  /** Answers that were neither 202 nor 503, by status. */
  strange: ReadonlyMap<number, number>
  /** The slowest answer of any kind, ms. */
  slowest(): number
  /** Resolves when that many were answered 202. */
  reached(count: number): Promise<void>
  /** Sends nothing more until `resume`. */
  pause(): void
  resume(url: string): void
  add(webhooks: readonly Webhook[]): void
  /** Resolves when everything was answered 202. */
  run(): Promise<void>
  /** Ends `run` wherever it is. */
  close(): void
}

const ROOM_AFTER_REFUSAL_MS = 50
/** Longer than any answer: a door that hangs is a failure, not a wait. */
const ANSWER_WITHIN_MS = 10_000

export function createLoad(options: { webhooks: readonly Webhook[]; secret: string; connections: number }): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections })
  const waiting = [...options.webhooks]
  const answered = new Map<string, Webhook>()
  const strange = new Map<number, number>()
  const milestones: { count: number; resolve(): void }[] = []
  let url = ''
  let gate = Promise.withResolvers<void>()
  let refused = 0
  let cutOff = 0
  let slowest = 0
  let underWay = 0
  let closed = false

  function post(webhook: Webhook): Promise<{ status: number; body: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>()
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(webhook.body),
      'sentry-hook-resource': webhook.resource,
      'sentry-hook-timestamp': String(webhook.hookAt),
      'sentry-hook-signature': createHmac('sha256', options.secret).update(webhook.body).digest('hex'),
    }
    const sent = request(`${url}/webhooks/sentry`, { method: 'POST', agent, headers, timeout: ANSWER_WITHIN_MS })
    sent.once('response', response => {
      let body = ''
      response.setEncoding('utf8').on('data', part => {
        body += part
      })
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.once('error', reject)
      response.once('close', () => reject(new Error('the answer broke off')))
    })
    sent.once('timeout', () => sent.destroy(new Error('no answer')))
    sent.once('error', reject)
    sent.end(webhook.body)
    return promise
  }

  async function sendOne(webhook: Webhook): Promise<void> {
    const started = performance.now()
    const answer = await post(webhook).catch(() => null)
    slowest = Math.max(slowest, performance.now() - started)
    if (answer?.status === 202) {
      answered.set((JSON.parse(answer.body) as { delivery: string }).delivery, webhook)
      for (const { count, resolve } of milestones) if (answered.size >= count) resolve()
      return
    }
    waiting.unshift(webhook)
    if (answer === null) cutOff += 1
    else if (answer.status === 503) refused += 1
    else strange.set(answer.status, (strange.get(answer.status) ?? 0) + 1)
    await sleep(ROOM_AFTER_REFUSAL_MS)
  }

  async function lane(): Promise<void> {
    while (!closed && (waiting.length > 0 || underWay > 0)) {
      await gate.promise
      const next = waiting.shift()
      // Another lane may yet have to send its own again.
      if (next === undefined) await sleep(ROOM_AFTER_REFUSAL_MS)
      else {
        underWay += 1
        await sendOne(next).finally(() => {
          underWay -= 1
        })
      }
    }
  }

  return {
    answered,
    strange,
    refused: () => refused,
    cutOff: () => cutOff,
    slowest: () => slowest,
    reached: count =>
      answered.size >= count ? Promise.resolve() : new Promise(resolve => milestones.push({ count, resolve })),
    pause() {
      gate = Promise.withResolvers<void>()
    },
    resume(to) {
      url = to
      gate.resolve()
    },
    add: webhooks => waiting.push(...webhooks),
    async run() {
      await Promise.all(Array.from({ length: options.connections }, lane))
    },
    close() {
      closed = true
      gate.resolve()
      agent.destroy()
    },
  }
}
