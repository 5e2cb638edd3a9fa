import { randomBytes } from 'node:crypto'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import { type PagerdutyStandIn, startPagerdutyStandIn } from './pagerduty-stand-in.ts'
import { reachableUrl } from './reachable-url.ts'
import { INSTALLATION, ORGANIZATION } from './samples/envelope.ts'
import { loadOrMakeSecrets, type SandboxSecrets, writeSecrets } from './sandbox-secrets.ts'
import { sandboxWorld } from './sandbox-world.ts'
import { type SentryStandIn, startSentryStandIn } from './sentry-stand-in.ts'
import { type SlackStandIn, startSlackStandIn } from './slack-stand-in.ts'
import { SANDBOX_TEAM_LEAD } from './slack-text.ts'

/** The part of the configuration that the sandbox fills in. */
export interface SandboxConfig {
  sentry: { clientSecrets: readonly string[]; url: string; organization: string | null; apiToken: string | null }
  pagerduty: {
    routingKey: string | null
    eventsUrl: string
    webhookSecrets: readonly string[]
    apiToken: string | null
    from: string | null
    apiUrl: string
  }
  slack: { botToken: string | null; apiUrl: string; teamLead: string | null; signingSecret: string | null }
  adminApiKey: string | null
}

export interface Sandbox<C extends SandboxConfig> {
  /** As given; where it says nothing, the stand-ins' addresses and secrets of their own. */
  config: C & { adminApiKey: string }
  /** null: the environment names the real one, which is used. */
  pagerduty: PagerdutyStandIn | null
  slack: SlackStandIn | null
  sentry: SentryStandIn | null
  /** Writes down where the service listens, for `npm run sample`. */
  announce(url: string): void
  close(): Promise<void>
}

/** As whom the service would change something at the stand-in for PagerDuty. */
const SANDBOX_USER = 'tocsin@sandbox.example'
/** Our own app at the stand-in for Sentry. */
const SANDBOX_APP = 'b1f0c8a4-3f6e-4a53-9b0e-7d2c1e5a9f30'

/**
 * Stand-ins on loopback for whatever the environment does not configure, and the secrets to speak with them, made once
 * and kept in `dataDir`/sandbox.json (mode 0600). The same code runs as with the real ones, over real HTTP.
 */
export async function startSandbox<C extends SandboxConfig>(options: {
  config: C
  clock: Clock
  dataDir: string
  log: Pick<Log, 'info' | 'warn'>
}): Promise<Sandbox<C>> {
  const { config, clock, log } = options
  const { secrets, made } = loadOrMakeSecrets(options.dataDir)
  // Nobody but the stand-in of this process knows it: it need not be kept.
  const pagerdutyToken = config.pagerduty.apiToken ?? randomBytes(16).toString('hex')
  const pagerduty =
    config.pagerduty.routingKey === null ? await startPagerdutyStandIn({ clock, apiToken: pagerdutyToken }) : null
  const slack = config.slack.botToken === null ? await startSlackStandIn({ clock, tokens: [secrets.botToken] }) : null
  const sentry =
    config.sentry.apiToken === null
      ? await startSentryStandIn({ clock, token: secrets.apiToken, world: sandboxWorld(clock) })
      : null

  const standIns = Object.entries({ Sentry: sentry, PagerDuty: pagerduty, Slack: slack })
  const named = standIns.flatMap(([name, standIn]) => (standIn === null ? [] : [name])).join(', ')
  log.warn(`SANDBOX: stand-ins on this machine for ${named === '' ? 'nothing, everything is configured' : named}`)
  if (made && config.adminApiKey === null) {
    log.info(`SANDBOX: the admin API key is ${secrets.adminApiKey} (said once; DATA_DIR/sandbox.json keeps it)`)
  }

  const filled = filledIn(config, { ...secrets, pagerdutyToken }, { pagerduty, slack, sentry })
  return {
    config: filled,
    pagerduty,
    slack,
    sentry,
    announce(url) {
      const here = reachableUrl(url)
      const { webhookSecrets } = filled.pagerduty
      pagerduty?.webhooks.subscribe({ url: `${here}/webhooks/pagerduty`, secrets: webhookSecrets })
      if (sentry !== null) {
        // As the real one does of what our own app changes.
        sentry.world.installations = [{ uuid: INSTALLATION, app: SANDBOX_APP }]
        const clientSecret = config.sentry.clientSecrets[0] ?? secrets.clientSecret
        sentry.echo = { url: `${here}/webhooks/sentry`, clientSecret, app: SANDBOX_APP }
      }
      writeSecrets(options.dataDir, { ...secrets, url: here })
    },
    async close() {
      await Promise.all([pagerduty?.close(), slack?.close(), sentry?.close()])
    },
  }
}

/** What the environment says goes first. */
function filledIn<C extends SandboxConfig>(
  config: C,
  secrets: SandboxSecrets & { pagerdutyToken: string },
  standIns: Pick<Sandbox<C>, 'pagerduty' | 'slack' | 'sentry'>,
): C & { adminApiKey: string } {
  const { pagerduty, slack, sentry } = standIns
  const { clientSecrets, organization } = config.sentry
  return {
    ...config,
    adminApiKey: config.adminApiKey ?? secrets.adminApiKey,
    sentry: {
      ...config.sentry,
      clientSecrets: clientSecrets.length > 0 ? clientSecrets : [secrets.clientSecret],
      ...(sentry === null
        ? {}
        : { url: sentry.url, organization: organization ?? ORGANIZATION, apiToken: secrets.apiToken }),
    },
    pagerduty: {
      ...config.pagerduty,
      ...(pagerduty === null
        ? {}
        : {
            eventsUrl: pagerduty.url,
            routingKey: secrets.routingKey,
            apiUrl: pagerduty.url,
            apiToken: secrets.pagerdutyToken,
            from: config.pagerduty.from ?? SANDBOX_USER,
            webhookSecrets:
              config.pagerduty.webhookSecrets.length > 0
                ? config.pagerduty.webhookSecrets
                : [randomBytes(24).toString('hex')],
          }),
    },
    slack: {
      ...config.slack,
      ...(slack === null
        ? {}
        : {
            apiUrl: slack.url,
            botToken: secrets.botToken,
            // Nobody but the stand-in of this process signs with it: it need not be kept.
            signingSecret: config.slack.signingSecret ?? randomBytes(24).toString('hex'),
            // A made-up group is nobody at a real Slack: there it stays as it is.
            teamLead: config.slack.teamLead ?? SANDBOX_TEAM_LEAD,
          }),
    },
  }
}
