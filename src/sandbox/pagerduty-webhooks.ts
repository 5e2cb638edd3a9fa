import { signPagerdutyBody } from '../pagerduty/signature.ts'

/** One webhook as PagerDuty would post it; its id stays the same however often it is posted. */
export interface StandInWebhook {
  id: string
  type: string
  body: string
  /** What the last attempt was answered; null: none was made, or nobody answered. */
  status: number | null
}

export interface WebhookSubscription {
  url: string
  secrets: readonly string[]
}

export interface StandInWebhooks {
  /** Oldest first, whether posted or not. */
  all: StandInWebhook[]
  /** Where webhooks go from now on; null: nowhere, they are only kept. */
  subscribe(to: WebhookSubscription | null): void
  /** While it holds, what happens is kept and not posted: lost, late or out of order as the caller likes. */
  hold(held: boolean): void
  /** Posts one, again if it was before. The status answered. */
  post(webhook: StandInWebhook): Promise<number>
  tell(type: string, occurredAt: number, about: { agent: object | null; client: object | null; data: object }): void
  /** Resolves when what is to be posted was. */
  idle(): Promise<void>
  clear(): void
}

const MOST_KEPT = 2_000
/** PagerDuty waits 5 s (developer-docs webhooks). */
const TIMEOUT_MS = 5_000

/** PagerDuty's V3 webhooks: signed, in order, each by itself. Without the repeats of 48 hours. */
export function createStandInWebhooks(): StandInWebhooks {
  const all: StandInWebhook[] = []
  let subscription: WebhookSubscription | null = null
  let held = false
  let told = 0
  let tail: Promise<unknown> = Promise.resolve()

  async function post(webhook: StandInWebhook): Promise<number> {
    if (subscription === null) throw new Error('nobody subscribed')
    const { url, secrets } = subscription
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'PagerDuty-Webhook/V3.0',
      'x-webhook-id': webhook.id,
      'x-pagerduty-signature': signPagerdutyBody(webhook.body, secrets),
    }
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await fetch(url, { method: 'POST', headers, body: webhook.body, signal })
    await response.arrayBuffer()
    webhook.status = response.status
    return response.status
  }

  return {
    all,
    post,
    subscribe(to) {
      subscription = to
    },
    hold(now) {
      held = now
    },
    tell(type, occurredAt, { agent, client, data }) {
      told += 1
      const id = `01STANDIN${String(told).padStart(17, '0')}`
      const occurred_at = new Date(occurredAt).toISOString()
      const event = { id, event_type: type, resource_type: 'incident', occurred_at, agent, client, data }
      const webhook: StandInWebhook = { id: `wh-${id}`, type, body: JSON.stringify({ event }), status: null }
      all.push(webhook)
      if (all.length > MOST_KEPT) all.splice(0, MOST_KEPT / 10)
      if (subscription === null || held) return
      tail = tail.then(() => post(webhook)).catch(() => {})
    },
    async idle() {
      await tail
    },
    clear() {
      all.length = 0
    },
  }
}
