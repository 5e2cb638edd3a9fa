import type { Incident } from '../src/incidents/incident.ts'
import type { DeliveryRecord } from '../src/signals/delivery.ts'

/** What an operator sees over REST. */
export interface OperatorsView {
  incidents(): Promise<Incident[]>
  /** null: there is no outcome (404). */
  delivery(id: string): Promise<DeliveryRecord | null>
  /** Jobs that wait for that destination or are in hand, by /metrics. */
  queued(destination: string): Promise<number>
}

export function operatorsView(url: string, adminKey: string): OperatorsView {
  async function get(path: string): Promise<unknown> {
    const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${adminKey}` } })
    if (response.status === 404) return null
    const text = await response.text()
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${text.slice(0, 500)}`)
    return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text
  }

  return {
    async incidents() {
      const found: Incident[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const path: string = `/api/v1/incidents?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`
        const page = (await get(path)) as { items: Incident[]; next: string | null }
        found.push(...page.items)
        cursor = page.next
      }
      return found
    },
    delivery: async id => (await get(`/api/v1/deliveries/${id}`)) as DeliveryRecord | null,
    async queued(destination) {
      const jobs = new RegExp(`^tocsin_queue_jobs\\{queue="${destination}",state="(\\w+)"\\} (\\d+)`, 'gm')
      const found = [...String(await get('/metrics')).matchAll(jobs)].filter(([, state]) => state !== 'failed')
      if (found.length === 0) throw new Error(`/metrics tells nothing of the queue of ${destination}`)
      return found.reduce((sum, [, , count]) => sum + Number(count), 0)
    },
  }
}
