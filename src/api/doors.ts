import type { ErrorCode } from '../errors.ts'
import type { JsonSchema } from './openapi-schemas.ts'
import { pagerdutyDoors } from './pagerduty-doors.ts'
import { slackDoors } from './slack-doors.ts'
import { uiDoors } from './ui-doors.ts'

/** The doors for webhooks, as openapi.yaml tells them. Their code lives with the provider they speak to. */
export interface Door {
  id: string
  method: 'GET' | 'POST'
  path: string
  summary: string
  description: string
  parameters: JsonSchema[]
  /** How the body is sent. Absent: application/json. */
  contentType?: string
  /** An example of what is sent; null: nothing. */
  body: object | null
  answer: DoorAnswer
  errors: ErrorCode[]
}

export interface DoorAnswer {
  status: number
  says: string
  schema: JsonSchema
  example: unknown
}

const description = [
  "Sentry's internal integration posts here. The raw body is signed with the integration's client secret",
  '(HMAC-SHA256, hex, in Sentry-Hook-Signature or Sentry-App-Signature). 202 says that the delivery is stored durably;',
  'ask /api/v1/deliveries/{id} what became of it. Signed content that cannot be read is accepted and quarantined.',
].join(' ')

const headers: JsonSchema[] = [
  {
    name: 'Sentry-Hook-Resource',
    in: 'header',
    required: false,
    schema: { type: 'string' },
    description: 'What it is about',
    example: 'event_alert',
  },
  {
    name: 'Sentry-Hook-Timestamp',
    in: 'header',
    required: false,
    schema: { type: 'string' },
    description: 'Seconds since the epoch. Not signed.',
    example: '1794060190',
  },
  {
    name: 'Sentry-Hook-Signature',
    in: 'header',
    required: false,
    schema: { type: 'string' },
    description: 'This or Sentry-App-Signature is required.',
    example: 'c2f5e9b1d04a7c8e6f3b2a1d9e8c7b6a5f4e3d2c1b0a99887766554433221100',
  },
]
const errors: ErrorCode[] = [
  'BAD_REQUEST',
  'SIGNATURE_MISSING',
  'SIGNATURE_INVALID',
  'BODY_TOO_LARGE',
  'TOO_MANY_REQUESTS',
  'STORE_UNAVAILABLE',
]

const body = { action: 'created', data: { issue: { id: '5418821' } } }
const answer: DoorAnswer = {
  status: 202,
  says: 'Stored durably',
  schema: { type: 'object', properties: { delivery: { type: 'string' } }, required: ['delivery'] },
  example: { delivery: '0k3v9x2m-1' },
}

export const doors: readonly Door[] = [
  {
    id: 'receiveSentryWebhook',
    method: 'POST',
    path: '/webhooks/sentry',
    summary: "A webhook of source `default`, the environment's",
    description,
    parameters: headers,
    body,
    answer,
    errors,
  },
  {
    id: 'receiveSentryWebhookOf',
    method: 'POST',
    path: '/webhooks/sentry/:source',
    summary: 'A webhook of another source',
    description,
    parameters: [
      {
        name: 'source',
        in: 'path',
        required: true,
        schema: { type: 'string' },
        description: 'Id of the source',
        example: 'mobile-team',
      },
      ...headers,
    ],
    body,
    answer,
    errors,
  },
  ...uiDoors,
  ...pagerdutyDoors,
  ...slackDoors,
]
