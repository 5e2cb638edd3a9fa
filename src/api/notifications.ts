import { z } from 'zod'
import { notificationSchema, notificationStatusSchema } from '../deliver/notification.ts'
import { TocsinError } from '../errors.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { exampleNotification } from './examples.ts'
import { listQuery, pageRequest, pageSchema } from './paging.ts'
import { idParams } from './rule-rows.ts'

const named = { id: exampleNotification.id }
const filter = {
  status: notificationStatusSchema.optional().describe('`dead`: given up, waiting for a person'),
  destination: z.string().min(1).optional().describe('Its id'),
}

const retryManySchema = z
  .strictObject({
    ids: z.array(z.string().min(1).max(100)).min(1).max(1_000).optional().describe('Only these'),
    destination: z.string().min(1).optional().describe('Only what was owed to this destination'),
    since: z.iso
      .datetime({ offset: true, error: 'a time as in RFC 3339, such as 2026-11-05T14:03:10Z' })
      .transform(time => Date.parse(time))
      .optional()
      .describe('Only what was owed at or after this time (RFC 3339)'),
    preview: z.boolean().default(false).describe('true: only count, and send nothing'),
  })
  .refine(({ ids, destination, since }) => ids !== undefined || destination !== undefined || since !== undefined, {
    message: 'name which: ids, destination or since. All that ever failed is sent again by nobody by mistake',
  })

const retriedManySchema = z.object({
  matched: z.number().int().describe('Dead letters that pass'),
  retried: z.number().int().describe('Of these, owed again now; 0 in a preview'),
  more: z.boolean().describe('There are more than one call sends: call again'),
  byDestination: z.record(z.string(), z.number().int()),
  notifications: z.array(z.string()).describe('Their ids, in a preview those that would be sent'),
})

/** The delivery log, and the way to replay a dead letter. */
export const notificationEndpoints: Endpoint[] = [
  endpoint({
    id: 'listNotifications',
    method: 'GET',
    path: '/notifications',
    tag: 'notifications',
    summary: 'Messages to every destination, newest first',
    scoped: true,
    params: NOTHING,
    query: listQuery(['-owedAt', 'owedAt'], filter),
    body: NO_BODY,
    response: pageSchema(notificationSchema),
    errors: ['INVALID_CURSOR'],
    example: { response: { items: [exampleNotification], next: null } },
    async handle({ operations, query }) {
      const { status, destination } = query
      return { body: await operations.notifications.list({ status, destination }, pageRequest(query)) }
    },
  }),
  endpoint({
    id: 'getNotification',
    method: 'GET',
    path: '/notifications/:id',
    tag: 'notifications',
    summary: 'One message and what came of it',
    scoped: true,
    params: idParams,
    query: NOTHING,
    body: NO_BODY,
    response: notificationSchema,
    errors: ['NOT_FOUND'],
    example: { params: named, response: exampleNotification },
    async handle({ operations, params }) {
      const notification = await operations.notifications.get(params.id)
      if (notification === null) throw new TocsinError('NOT_FOUND', `there is no notification "${params.id}"`)
      return { body: notification }
    },
  }),
  endpoint({
    id: 'retryNotifications',
    method: 'POST',
    path: '/notifications/retry',
    tag: 'notifications',
    summary: 'Send many dead letters again',
    role: 'responder',
    description:
      'Every condition that is given must hold. With `preview` they are counted and nothing is sent. What is no dead letter (any more) is left alone, so repeating is harmless.',
    params: NOTHING,
    query: NOTHING,
    body: retryManySchema,
    status: 202,
    also: [{ status: 200, says: 'A preview: counted, and nothing is sent' }],
    response: retriedManySchema,
    example: {
      body: { destination: exampleNotification.destination, since: '2026-11-05T00:00:00Z', preview: false },
      response: {
        matched: 1,
        retried: 1,
        more: false,
        byDestination: { [exampleNotification.destination]: 1 },
        notifications: [exampleNotification.id],
      },
    },
    async handle({ operations, body }) {
      const { preview, ...which } = body
      const answer = await operations.notifications.retryMany(which, preview)
      if (preview) return { body: answer, status: 200, change: null }
      const { matched, retried, byDestination } = answer
      const after = { which, matched, retried, byDestination }
      return { body: answer, change: { what: 'dead letters: sent again', before: null, after } }
    },
  }),
  endpoint({
    id: 'retryNotification',
    method: 'POST',
    path: '/notifications/:id/retry',
    tag: 'notifications',
    summary: 'Send a dead letter again',
    role: 'responder',
    scoped: true,
    description: 'Only what was given up can be retried; everything else is still being tried, or done.',
    params: idParams,
    query: NOTHING,
    body: NO_BODY,
    status: 202,
    response: notificationSchema,
    errors: ['NOT_FOUND', 'CONFLICT'],
    example: {
      params: named,
      response: { ...exampleNotification, status: 'owed' as const, settledAt: null, reference: null },
    },
    async handle({ operations, params }) {
      const before = await operations.notifications.get(params.id)
      const after = await operations.notifications.retry(params.id)
      return { body: after, change: { what: `notification ${params.id}: sent again`, before, after } }
    },
  }),
]
