import type { ErrorCode } from '../errors.ts'
import type { Door, DoorAnswer } from './doors.ts'
import type { JsonSchema } from './openapi-schemas.ts'

/** What Slack calls: buttons, windows and the slash command. */

const headers: JsonSchema[] = [
  {
    name: 'X-Slack-Request-Timestamp',
    in: 'header',
    required: true,
    schema: { type: 'string' },
    description: 'Seconds since the epoch, signed; at most five minutes away from our clock, either way.',
    example: '1794060190',
  },
  {
    name: 'X-Slack-Signature',
    in: 'header',
    required: true,
    schema: { type: 'string' },
    description: '`v0=` and the hex HMAC-SHA256 of `v0:<timestamp>:<raw body>` under the signing secret of the app.',
    example: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  },
]
const errors: ErrorCode[] = [
  'BAD_REQUEST',
  'SIGNATURE_MISSING',
  'SIGNATURE_INVALID',
  'BODY_TOO_LARGE',
  'TOO_MANY_REQUESTS',
  'STORE_UNAVAILABLE',
  'INTERNAL',
]
const FORM = 'application/x-www-form-urlencoded'
const EXISTS = 'Exists only with SLACK_SIGNING_SECRET. The body is form-encoded.'

const noted: DoorAnswer = {
  status: 200,
  says: 'Stored durably, or nothing to do; for a window whose fields cannot be used, what is wrong with them',
  schema: {
    type: 'object',
    properties: {
      response_action: { type: 'string' },
      errors: { type: 'object', additionalProperties: { type: 'string' } },
    },
  },
  example: { response_action: 'errors', errors: { release: 'Name the release.' } },
}

export const slackDoors: readonly Door[] = [
  {
    id: 'receiveSlackInteraction',
    method: 'POST',
    path: '/webhooks/slack/interactions',
    contentType: FORM,
    summary: 'A button that was pressed, or a window that was submitted, in Slack',
    description: `${EXISTS} What was decided is stored before it is answered, and counts once.`,
    parameters: headers,
    body: { payload: '{"type":"block_actions"}' },
    answer: noted,
    errors,
  },
  {
    id: 'receiveSlackCommand',
    method: 'POST',
    path: '/webhooks/slack/commands',
    contentType: FORM,
    summary: 'The slash command: `/tocsin` lists the open incidents',
    description: `${EXISTS} Only whoever asked sees the answer.`,
    parameters: headers,
    body: { command: '/tocsin', text: '' },
    answer: {
      status: 200,
      says: 'What is open, or how to ask',
      schema: {
        type: 'object',
        properties: { response_type: { type: 'string' }, text: { type: 'string' } },
        required: ['response_type', 'text'],
      },
      example: { response_type: 'ephemeral', text: '✅ Nothing is open.' },
    },
    errors,
  },
]
