import { TocsinError } from '../errors.ts'
import { deliveryRecordSchema } from '../signals/delivery.ts'
import { type Endpoint, endpoint, NO_BODY, NOTHING } from './endpoint.ts'
import { exampleDelivery } from './examples.ts'
import { idParams } from './rule-rows.ts'

/** What became of one webhook, found by the id its sender was answered. */
export const deliveryEndpoints: Endpoint[] = [
  endpoint({
    id: 'getDelivery',
    method: 'GET',
    path: '/deliveries/:id',
    tag: 'deliveries',
    summary: 'The one outcome of a webhook',
    scoped: true,
    description: 'The id stands in the 202 the webhook was answered with. Until it is handled there is none yet: 404.',
    params: idParams,
    query: NOTHING,
    body: NO_BODY,
    response: deliveryRecordSchema,
    errors: ['NOT_FOUND'],
    example: { params: { id: exampleDelivery.id }, response: exampleDelivery },
    async handle({ operations, params }) {
      const record = await operations.deliveries.get(params.id)
      if (record !== null) return { body: record }
      throw new TocsinError(
        'NOT_FOUND',
        `there is no outcome of delivery "${params.id}": not handled yet, forgotten, or never accepted`,
      )
    },
  }),
]
