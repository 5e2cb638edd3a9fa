import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../platform/clock.ts'
import { signBody } from '../sentry/signature.ts'
import { reachableUrl } from './reachable-url.ts'
import type { Sample } from './samples/sample.ts'
import { serialize } from './samples/serialize.ts'

/** One sample, as it was sent and answered. */
export interface SentSample {
  name: string
  at: number
  /** HTTP status of the answer; null: there was none. */
  status: number | null
  /** Delivery id, when it was accepted. */
  delivery: string | null
  /** What went wrong, in words; null: nothing. */
  error: string | null
}

const ANSWER_WITHIN_MS = 5_000
const acceptedSchema = z.object({ delivery: z.string() })

/** Signs the sample as Sentry would and posts it to our own door over HTTP. Never throws: a failure is in what it returns. */
export async function sendSample(
  name: string,
  sample: Sample,
  to: { url: string; clientSecret: string; clock: Clock },
): Promise<SentSample> {
  const at = to.clock.now()
  const body = serialize(sample.build(at))
  const headers = {
    'content-type': 'application/json',
    'request-id': randomUUID().replaceAll('-', ''),
    'sentry-hook-resource': sample.resource,
    'sentry-hook-timestamp': String(Math.floor(at / 1000)),
    'sentry-hook-signature': signBody(body, to.clientSecret),
  }
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const response = await fetch(`${reachableUrl(to.url)}/webhooks/sentry`, {
      method: 'POST',
      headers,
      body,
      redirect: 'error',
      signal,
    })
    const answer = acceptedSchema.safeParse(await response.json().catch(() => null))
    const delivery = answer.success ? answer.data.delivery : null
    const error = response.status === 202 ? null : `the door answered ${response.status}`
    return { name, at, status: response.status, delivery, error }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { name, at, status: null, delivery: null, error: `the door could not be reached: ${why}` }
  }
}
