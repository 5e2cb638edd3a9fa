import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { systemClock } from '../src/platform/clock.ts'
import { createLaneQueue } from '../src/platform/lane-queues.ts'
import { createLogger } from '../src/platform/logger.ts'
import { connectRedis } from '../src/platform/redis.ts'
import { createDeliveryAcceptor } from '../src/sentry/accept-delivery.ts'
import { type WebhookDoorOptions, webhookDoor } from '../src/sentry/webhook-door.ts'

/**
 * The webhook door alone, as the service wires it, in a process of its own: forked with the secret and, for a door that
 * stores, the socket of its Redis. Without it the door verifies and answers at once. Says its port.
 */
const [secret = '', socketPath] = process.argv.slice(2)
const log = createLogger('warn', () => [secret])

function storing(path: string): WebhookDoorOptions['accept'] {
  const redis = connectRedis({ path }, 'door', log)
  const deps = { clock: systemClock, log }
  const lanes = { alerts: createLaneQueue(redis, 'alerts', deps), errors: createLaneQueue(redis, 'errors', deps) }
  const acceptor = createDeliveryAcceptor({
    store: (lane, deliveries) => lanes[lane].add(deliveries),
    clock: systemClock,
  })
  return acceptor.accept
}

const server = fastify({ logger: false })
await server.register(webhookDoor, {
  sources: id => (id === 'default' ? { clientSecrets: [secret] } : null),
  accept: socketPath === undefined ? async () => '00mihq3b1000000000000-0' : storing(socketPath),
  clock: systemClock,
  log,
})
await server.listen({ host: '127.0.0.1', port: 0 })
process.send?.((server.server.address() as AddressInfo).port)
