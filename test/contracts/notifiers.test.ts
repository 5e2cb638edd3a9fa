import t from 'tap'
import { createBacklogNotifier } from '../../src/deliver/backlog-notifier.ts'
import { createBacklogStore } from '../../src/deliver/backlog-store.ts'
import { createPagerdutyNotifier } from '../../src/pagerduty/notifier.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { startPagerdutyStandIn } from '../../src/sandbox/pagerduty-stand-in.ts'
import { startSlackStandIn } from '../../src/sandbox/slack-stand-in.ts'
import { createSlackNotifier } from '../../src/slack/notifier.ts'
import { startTestRedis } from '../support/redis.ts'
import { notifierContract } from './notifier-contract.ts'
import { AT } from './sample-message.ts'

const TIMEOUT_MS = 1_500

notifierContract(t, 'pagerduty', async () => {
  const provider = await startPagerdutyStandIn()
  const notifier = createPagerdutyNotifier({ timeoutMs: TIMEOUT_MS })
  return {
    notifier,
    destination: { id: 'oncall', name: 'On call', fallback: null, kind: 'pagerduty', url: provider.url },
    secret: { routingKey: 'R0123456789abcdef0123456789abcde' },
    seen: async () => provider.openAlerts().length,
    notifying: () => provider.requests.length,
    refusals: () => provider.requests.flatMap(request => request.errors),
    fail: provider.fail,
    heal: provider.heal,
    async close() {
      await notifier.close()
      await provider.close()
    },
  }
})

notifierContract(t, 'slack', async () => {
  const provider = await startSlackStandIn({ clock: { now: () => AT } })
  const notifier = createSlackNotifier({ timeoutMs: TIMEOUT_MS, buttons: true })
  return {
    notifier,
    destination: {
      id: 'incidents',
      name: 'Incidents',
      fallback: null,
      kind: 'slack',
      channel: '#incidents',
      teamLead: null,
      url: provider.url,
    },
    secret: { botToken: 'xoxb-000000-contract' },
    seen: async () => provider.posts.length,
    notifying: () => provider.requests.filter(request => request.method === 'chat.postMessage').length,
    refusals: () => provider.requests.flatMap(request => request.errors),
    fail: provider.fail,
    heal: provider.heal,
    async close() {
      await notifier.close()
      await provider.close()
    },
  }
})

notifierContract(t, 'backlog', async () => {
  const server = await startTestRedis()
  const redis = server.client()
  const store = createBacklogStore({ redis, clock: systemClock })
  const notifier = createBacklogNotifier({ store, clock: systemClock })
  return {
    notifier,
    destination: { id: 'backlog', name: 'Backlog', fallback: null, kind: 'backlog' },
    secret: {},
    seen: async () => (await store.list({}, { limit: 100, cursor: null })).items.length,
    notifying: () => 0,
    refusals: () => [],
    fail: null,
    heal() {},
    async close() {
      await notifier.close()
      await server.stop()
    },
  }
})
