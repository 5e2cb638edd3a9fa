import { createBacklogStore } from './deliver/backlog-store.ts'
import type { Destination } from './deliver/destination.ts'
import { type DestinationSecret, destinationSchema, destinationSecretSchema } from './deliver/destination.ts'
import { createDestinationStore } from './deliver/destination-store.ts'
import { createNotificationStore } from './deliver/notification-store.ts'
import { createPacingStore } from './deliver/pacing-store.ts'
import { createAliasStore } from './incidents/alias-store.ts'
import { createIncidentStore } from './incidents/incident-store.ts'
import { createDoorStore } from './measure/door-store.ts'
import { createWindowsStore } from './measure/windows-store.ts'
import { createVoiceStore } from './mute/voice-store.ts'
import type { Clock } from './platform/clock.ts'
import type { RedisLike } from './platform/redis.ts'
import { createSealedRecords } from './platform/sealed-records.ts'
import type { SecretBox } from './platform/secret-box.ts'
import { destinationUses } from './rules/destination-uses.ts'
import { createRulesStore } from './rules/rules-store.ts'
import { createDeliveryStore } from './sentry/delivery-store.ts'
import { createPollStore } from './sentry/poll-store.ts'
import { createQuarantineStore } from './sentry/quarantine-store.ts'
import { type Source, type SourceSecret, sourceSchema, sourceSecretSchema } from './sentry/source.ts'
import { createSourceHealthStore } from './sentry/source-health-store.ts'
import { createSourceStore } from './sentry/source-store.ts'

export type Stores = ReturnType<typeof createStores>

/** Everything that is kept, over one connection. */
export function createStores(redis: RedisLike, deps: { secretBox: SecretBox; clock: Clock }) {
  const { secretBox, clock } = deps
  const rules = createRulesStore(redis)
  const destinations = createDestinationStore({
    records: createSealedRecords<Destination, DestinationSecret>(redis, {
      name: 'destinations',
      noun: 'destination',
      secretBox,
      readValue: stored => destinationSchema.parse(stored),
      readSecret: stored => destinationSecretSchema.parse(stored),
    }),
    usedBy: async id => destinationUses((await rules.current()).document, id),
  })
  const sources = createSourceStore({
    records: createSealedRecords<Source, SourceSecret>(redis, {
      name: 'sources',
      noun: 'source',
      secretBox,
      readValue: stored => sourceSchema.parse(stored),
      readSecret: stored => sourceSecretSchema.parse(stored),
    }),
  })
  const sourceHealth = createSourceHealthStore(redis)
  return {
    rules,
    destinations,
    sources,
    incidents: createIncidentStore(redis),
    notifications: createNotificationStore(redis),
    voices: createVoiceStore(redis),
    aliases: createAliasStore(redis),
    door: createDoorStore(redis),
    sourceHealth,
    windows: createWindowsStore(redis, sourceHealth.skewMs),
    pacing: createPacingStore(redis),
    deliveries: createDeliveryStore(redis),
    polls: createPollStore(redis),
    quarantine: createQuarantineStore(redis, { clock }),
    backlog: createBacklogStore({ redis, clock }),
  }
}
