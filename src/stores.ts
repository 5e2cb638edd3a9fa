import { createApiKeyStore } from './access/api-key-store.ts'
import { createAuditStore } from './access/audit-store.ts'
import { createBacklogStore } from './deliver/backlog-store.ts'
import { createCircuitStore } from './deliver/circuit-store.ts'
import {
  type Destination,
  type DestinationSecret,
  destinationSchema,
  destinationSecretSchema,
  type StoredDestination,
} from './deliver/destination.ts'
import { createDestinationStore } from './deliver/destination-store.ts'
import { createNotificationStore } from './deliver/notification-store.ts'
import { createPacingStore } from './deliver/pacing-store.ts'
import { createAliasStore } from './incidents/alias-store.ts'
import { createIncidentStore } from './incidents/incident-store.ts'
import { createDoorStore } from './measure/door-store.ts'
import { createWindowsStore } from './measure/windows-store.ts'
import { createHidStore } from './mute/hid-store.ts'
import { createInhibitorStore } from './mute/inhibitor-store.ts'
import { createSilenceStore } from './mute/silence-store.ts'
import { createStormStore } from './mute/storm-store.ts'
import { createVoiceStore } from './mute/voice-store.ts'
import { createLinkStore } from './pagerduty/link-store.ts'
import type { Clock } from './platform/clock.ts'
import type { RedisLike } from './platform/redis.ts'
import { createSealedRecords } from './platform/sealed-records.ts'
import type { SecretBox } from './platform/secret-box.ts'
import { destinationUses } from './rules/destination-uses.ts'
import { createDraftStore } from './rules/draft-store.ts'
import { createRulesStore } from './rules/rules-store.ts'
import { createDeliveryStore } from './sentry/delivery-store.ts'
import { destinationOfSource } from './sentry/destination-of-source.ts'
import { createOwnAppStore } from './sentry/own-app-store.ts'
import { createPollStore } from './sentry/poll-store.ts'
import { createQuarantineStore } from './sentry/quarantine-store.ts'
import { type Source, type SourceSecret, sourceSchema, sourceSecretSchema } from './sentry/source.ts'
import { createSourceHealthStore } from './sentry/source-health-store.ts'
import { createSourceStore } from './sentry/source-store.ts'
import { createKeptStore } from './whatif/kept-store.ts'
import { createShadowStore } from './whatif/shadow-store.ts'

export type Stores = ReturnType<typeof createStores>

/** Everything that is kept, over one connection. */
export function createStores(redis: RedisLike, deps: { secretBox: SecretBox; clock: Clock }) {
  const { secretBox, clock } = deps
  const rules = createRulesStore(redis)
  const destinations = createDestinationStore({
    records: createSealedRecords<StoredDestination, DestinationSecret>(redis, {
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
  // Every source is a destination too: what people decide is written back to it.
  const destinationOf = (id: string): { destination: Destination; secret: DestinationSecret } | null =>
    destinations.get(id) ?? destinationOfSource(id, sources.all())
  return {
    rules,
    drafts: createDraftStore(redis),
    destinations: { ...destinations, get: destinationOf },
    sources,
    ownApps: createOwnAppStore(redis),
    incidents: createIncidentStore(redis),
    notifications: createNotificationStore(redis),
    voices: createVoiceStore(redis),
    storms: createStormStore(redis),
    silences: createSilenceStore(redis),
    hid: createHidStore(redis),
    inhibitors: createInhibitorStore(redis),
    aliases: createAliasStore(redis),
    door: createDoorStore(redis),
    sourceHealth,
    windows: createWindowsStore(redis, sourceHealth.skewMs),
    pacing: createPacingStore(redis),
    pagerdutyLinks: createLinkStore(redis),
    circuits: createCircuitStore(redis),
    deliveries: createDeliveryStore(redis),
    polls: createPollStore(redis),
    quarantine: createQuarantineStore(redis, { clock }),
    kept: createKeptStore(redis),
    shadow: createShadowStore(redis),
    backlog: createBacklogStore({ redis, clock }),
    apiKeys: createApiKeyStore(redis),
    audit: createAuditStore(redis),
  }
}
