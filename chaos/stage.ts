import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PagerdutyStandIn, startPagerdutyStandIn } from '../src/sandbox/pagerduty-stand-in.ts'
import { type SentryStandIn, startSentryStandIn } from '../src/sandbox/sentry-stand-in.ts'
import { type SlackStandIn, startSlackStandIn } from '../src/sandbox/slack-stand-in.ts'
import type { Webhook } from './webhooks.ts'

/** Where a scenario plays: the providers in this process, a data directory of its own, and the service's environment. */
export interface Stage {
  sentry: SentryStandIn
  pagerduty: PagerdutyStandIn
  slack: SlackStandIn
  dataDir: string
  env: Record<string, string>
  close(): Promise<void>
}

const hex = (bytes: number) => randomBytes(bytes).toString('hex')
/** A near Sentry; one that needs longer only makes the verdicts wait. */
const SENTRY_LATENCY_MS = 20

export async function setStage(): Promise<Stage> {
  const token = `sntrys_${hex(16)}`
  const [sentry, pagerduty, slack] = await Promise.all([
    startSentryStandIn({ token }),
    startPagerdutyStandIn(),
    startSlackStandIn(),
  ])
  sentry.world.latencyMs = SENTRY_LATENCY_MS
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-chaos-'))
  return {
    sentry,
    pagerduty,
    slack,
    dataDir,
    env: {
      // Each start on a port that is free then: a fixed one may be taken while the service is down.
      PORT: '0',
      DATA_DIR: dataDir,
      SANDBOX: 'off',
      SENTRY_CLIENT_SECRET: hex(32),
      SENTRY_URL: sentry.url,
      SENTRY_ORG: 'northwind',
      SENTRY_AUTH_TOKEN: token,
      PAGERDUTY_ROUTING_KEY: hex(16),
      PAGERDUTY_EVENTS_URL: pagerduty.url,
      SLACK_BOT_TOKEN: `xoxb-${hex(16)}`,
      SLACK_API_URL: slack.url,
      SLACK_TEAM_LEAD: 'S0TEAMLEAD',
      ADMIN_API_KEY: hex(32),
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    },
    async close() {
      await Promise.all([sentry.close(), pagerduty.close(), slack.close()])
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/**
 * Lets the stand-in for Sentry know the issues that the webhooks speak of, each with a few users. In no list: what was
 * answered 202 must not be lost, though polling would find it.
 */
export function knowIssues(sentry: SentryStandIn, webhooks: readonly Webhook[]): void {
  for (const [n, { issue }] of webhooks.entries()) {
    if (issue !== null) sentry.world.issues[issue] ??= { listed: false, users: 1 + (n % 40), events: 2 + (n % 80) }
  }
}
