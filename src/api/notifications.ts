import { z } from 'zod'
import { notificationSchema, notificationStatusSchema } from '../deliver/notification.ts'
import { TocsinError } from '../errors.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { exampleNotification } from './examples.ts'
import { pageQuery, pageRequest, pageSchema } from './paging.ts'
import { idParams } from './rule-rows.ts'

const named = { id: exampleNotification.id }
const filter = {
  status: notificationStatusSchema.optional().describe('`dead`: given up, waiting for a person'),
  destination: z.string().min(1).optional(),
}

/** The delivery log, and the way to replay a dead letter. */
export const notificationEndpoints: Endpoint[] = [
  endpoint({
    id: 'listNotifications',
    method: 'GET',
    path: '/notifications',
    tag: 'notifications',
    summary: 'Messages to every destination, newest first',
    params: NOTHING,
    query: z.strictObject({ ...filter, ...pageQuery }),
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
    id: 'retryNotification',
    method: 'POST',
    path: '/notifications/:id/retry',
    tag: 'notifications',
    summary: 'Send a dead letter again',
    description: 'Only what was given up can be retried; everything else is still being tried, or done.',
    params: idParams,
    query: NOTHING,
    body: NO_BODY,
    idempotent: true,
    status: 202,
    response: notificationSchema,
    errors: ['NOT_FOUND', 'CONFLICT'],
    example: {
      params: named,
      response: { ...exampleNotification, status: 'owed' as const, settledAt: null, reference: null },
    },
    handle: async ({ operations, params }) => ({ body: await operations.notifications.retry(params.id) }),
  }),
]
