import type { Operations } from './api/operations.ts'
import type { Config } from './config.ts'
import { failingWords } from './deliver/circuit.ts'
import type { Clock } from './platform/clock.ts'
import type { DurabilityCheck } from './platform/durability.ts'
import type { RedisLike } from './platform/redis.ts'
import type { Revision } from './rules/rules-document.ts'
import { sourceChecks } from './source-checks.ts'
import type { SourceHealthWatch } from './source-health.ts'
import type { Stores } from './stores.ts'

export interface ReadinessDeps {
  stores: Stores
  config: Config
  rules(): Revision
  redis: RedisLike
  durability(): Promise<DurabilityCheck[]>
  health: SourceHealthWatch
  clock: Clock
}

/** Every dependency with a reason. Not ready only when webhooks cannot be stored; everything weaker is told and stays ready. */
export function createReadiness(deps: ReadinessDeps): Operations['readiness'] {
  return async () => {
    const stored = await deps.redis.ping().then(
      () => ({ name: 'redis', ok: true, reason: 'answers' }),
      (error: Error) => ({
        name: 'redis',
        ok: false,
        reason: `does not answer, webhooks are refused with 503: ${error.message}`,
      }),
    )
    const durability = stored.ok ? await deps.durability().catch(() => []) : []
    const weaker = [
      ...durability.map(({ name, ok, reason }) => ({ name: `redis ${name}`, ok, reason })),
      pager(deps),
      named(deps),
      taking(deps),
      ...deps.stores.sources.all().flatMap(({ id }) => sourceChecks(id, deps.health, deps.clock.now())),
      ...[...deps.stores.sources.problems(), ...deps.stores.destinations.problems()].map(reason => ({
        name: 'secrets',
        ok: false,
        reason,
      })),
      wayBack('pagerduty', deps.config.pagerduty.webhookSecrets.length > 0, 'PAGERDUTY_WEBHOOK_SECRET'),
      wayBack('slack', deps.config.slack.signingSecret !== null, 'SLACK_SIGNING_SECRET'),
    ]
    return { ready: stored.ok, checks: [stored, ...weaker] }
  }
}

function pager({ stores }: ReadinessDeps) {
  const pagers = stores.destinations.all().filter(({ destination }) => destination.kind === 'pagerduty')
  return pagers.length > 0
    ? { name: 'pager', ok: true, reason: `pages go to ${pagers.map(({ destination }) => destination.id).join(', ')}` }
    : {
        name: 'pager',
        ok: false,
        reason:
          'nobody is paged: there is no PagerDuty destination, the most severe incidents go to Slack. Set PAGERDUTY_ROUTING_KEY or add a destination',
      }
}

/** A destination that takes nothing: its fallback is told, and people read here why. */
function taking({ stores }: ReadinessDeps) {
  const failing = stores.circuits.open()
  return failing.length === 0
    ? { name: 'destinations', ok: true, reason: 'no destination has failed for long' }
    : {
        name: 'destinations',
        ok: false,
        reason: failing.map(({ destination, circuit }) => failingWords(destination, circuit)).join('; '),
      }
}

/** A restart with another environment takes destinations away that rules of before name. */
function named({ stores, rules }: ReadinessDeps) {
  const targets = rules().document.policies.flatMap(policy => policy.steps.flatMap(step => step.targets))
  const missing = [...new Set(targets.map(target => target.destination))].filter(
    id => stores.destinations.get(id) === null,
  )
  return missing.length === 0
    ? { name: 'rules destinations', ok: true, reason: 'every destination that the rules name exists' }
    : {
        name: 'rules destinations',
        ok: false,
        reason: `the policies name ${missing.join(', ')}, which no longer exists: another destination is told instead. Set it in the environment again or change the policies`,
      }
}

/** Without its secret a way back does not exist. */
function wayBack(provider: string, configured: boolean, name: string) {
  return configured
    ? { name: `way back ${provider}`, ok: true, reason: `${name} is set: answers given there are known here` }
    : { name: `way back ${provider}`, ok: false, reason: `${name} is not set: answers given there are not known here` }
}
