import type { Door } from './doors.ts'

/** What PagerDuty calls. */
export const pagerdutyDoors: readonly Door[] = [
  {
    id: 'receivePagerdutyWebhook',
    method: 'POST',
    path: '/webhooks/pagerduty',
    summary: 'A V3 webhook of PagerDuty: what people answered there',
    description: [
      'Exists only with PAGERDUTY_WEBHOOK_SECRET. The raw body is signed (HMAC-SHA256, hex, `v1=`; any of several',
      'signatures, under any of the secrets). 202 says that it is stored durably; ask /api/v1/deliveries/{id} what became',
      'of it. What has been taken before is known by its body, event and X-Webhook-Id, and changes nothing.',
    ].join(' '),
    parameters: [
      {
        name: 'X-PagerDuty-Signature',
        in: 'header',
        required: true,
        schema: { type: 'string' },
        description: 'One or more `v1=<hex>`, separated by commas.',
        example: 'v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd',
      },
      {
        name: 'X-Webhook-Id',
        in: 'header',
        required: false,
        schema: { type: 'string' },
        description: 'The same at every attempt. Not signed.',
        example: '01CH754SM17TWPE2V2H4VPBRO7',
      },
    ],
    body: {
      event: {
        id: '01DEN2KVQ6DZQ5JMXW4GZMHQRB',
        event_type: 'incident.acknowledged',
        resource_type: 'incident',
        occurred_at: '2026-11-22T03:10:00.000Z',
        agent: { id: 'PLH1HKV', type: 'user_reference', summary: 'Ada' },
        client: null,
        data: { id: 'PGR0VU2', type: 'incident', status: 'acknowledged' },
      },
    },
    answer: {
      status: 202,
      says: 'Stored durably',
      schema: { type: 'object', properties: { delivery: { type: 'string' } }, required: ['delivery'] },
      example: { delivery: '0k3v9x2m-1' },
    },
    errors: [
      'BAD_REQUEST',
      'SIGNATURE_MISSING',
      'SIGNATURE_INVALID',
      'BODY_TOO_LARGE',
      'TOO_MANY_REQUESTS',
      'STORE_UNAVAILABLE',
      'INTERNAL',
    ],
  },
]
