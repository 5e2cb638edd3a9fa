import type { Delivery } from '../signals/delivery.ts'
import { maskBody } from '../signals/mask.ts'

/** What a person reads when a delivery could not be: whole, but masked. */
export function quarantineEntry(
  delivery: Delivery,
  reason: string,
  problems: { path: string; message: string }[] = [],
) {
  const { id, source, resource, receivedAt, encoding } = delivery
  return { id, source, resource, receivedAt, reason, problems, body: maskBody(delivery), encoding }
}
