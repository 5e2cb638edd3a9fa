import type { Config } from './config.ts'
import { type DestinationSecret, destinationSchema, type StoredDestination } from './deliver/destination.ts'
import type { Clock } from './platform/clock.ts'
import type { Log } from './platform/logger.ts'
import { defaultRules } from './rules/default-rules.ts'
import { sourceSchema } from './sentry/source.ts'
import type { Stores } from './stores.ts'

/** What the environment configures is written at every start; the rules only at the first. */
export async function seed(stores: Stores, config: Config, deps: { clock: Clock; log: Log }): Promise<void> {
  const destinations = destinationsOf(config)
  const seeded = [
    await stores.sources.seedFromEnvironment(sourcesOf(config)),
    await stores.destinations.seedFromEnvironment(destinations),
  ]
  for (const id of seeded.flatMap(result => result.kept)) {
    deps.log.warn({ id }, 'the environment configures this, but it was made over the API, which goes first')
  }
  const has = (id: string) => destinations.some(item => item.destination.id === id)
  const document = defaultRules({ pagerduty: has('pagerduty-oncall'), slack: has('slack-incidents') })
  await stores.rules.seedIfEmpty(document, deps.clock.now())
}

function sourcesOf({ sentry }: Config) {
  if (sentry.clientSecrets.length === 0) return []
  const source = sourceSchema.parse({
    id: 'default',
    name: 'Sentry (from the environment)',
    url: sentry.url,
    organization: sentry.organization,
    installation: sentry.installation,
    ownApp: sentry.ownApp,
  })
  return [{ source, secret: { clientSecrets: [...sentry.clientSecrets], apiToken: sentry.apiToken } }]
}

/** A failing page is told to Slack, a failing post to the other channel or the pager: never to nobody. */
function destinationsOf({ pagerduty, slack }: Config): { destination: StoredDestination; secret: DestinationSecret }[] {
  const found: { destination: StoredDestination; secret: DestinationSecret }[] = []
  const add = (destination: unknown, secret: DestinationSecret) =>
    found.push({ destination: destinationSchema.parse(destination), secret })
  if (pagerduty.routingKey !== null) {
    const fallback = slack.botToken === null ? null : 'slack-incidents'
    add(
      { id: 'pagerduty-oncall', name: 'PagerDuty on call', kind: 'pagerduty', url: pagerduty.eventsUrl, fallback },
      { routingKey: pagerduty.routingKey },
    )
  }
  if (slack.botToken !== null) {
    const secret = { botToken: slack.botToken }
    const common = { kind: 'slack', teamLead: slack.teamLead, url: slack.apiUrl }
    const other = pagerduty.routingKey === null ? 'slack-alerts-production' : 'pagerduty-oncall'
    add({ ...common, id: 'slack-incidents', name: 'Slack #incidents', channel: '#incidents', fallback: other }, secret)
    add(
      {
        ...common,
        id: 'slack-alerts-production',
        name: 'Slack #alerts-production',
        channel: '#alerts-production',
        fallback: 'slack-incidents',
      },
      secret,
    )
  }
  add({ id: 'backlog', name: 'Backlog', kind: 'backlog', fallback: null }, {})
  return found
}
