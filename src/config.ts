import { isIP } from 'node:net'
import { z } from 'zod'
import {
  commaList,
  encryptionKeys,
  oidcIssuer,
  providerUrl,
  proxies,
  redisUrls,
  roleMap,
  text,
  urlOf,
  uuid,
} from './config-fields.ts'

/** How the process runs, read once from the environment. What operators decide (rules, silences) is data, not config. */
export interface Config {
  port: number
  host: string
  /** Without a trailing slash; used in links that people and PagerDuty get. */
  publicUrl: string
  role: 'server' | 'worker' | 'all'
  /** null: an embedded Redis under `dataDir`. More than one: nodes of a Redis Cluster. */
  redisUrl: readonly string[] | null
  dataDir: string
  sandbox: boolean
  /** Addresses, CIDR ranges or proxy-addr names (loopback, linklocal, uniquelocal); null: trust none. */
  trustProxy: readonly string[] | null
  sentry: {
    clientSecrets: readonly string[]
    url: string
    organization: string | null
    apiToken: string | null
    /** Which installation, and which app, is ours where several are installed; null: learnt from Sentry. */
    installation: string | null
    ownApp: string | null
  }
  pagerduty: {
    routingKey: string | null
    eventsUrl: string
    webhookSecrets: readonly string[]
    apiToken: string | null
    from: string | null
    apiUrl: string
  }
  slack: { botToken: string | null; apiUrl: string; teamLead: string | null; signingSecret: string | null }
  /** null only in the sandbox: main makes one and prints it once. */
  adminApiKey: string | null
  /** null only in the sandbox: main keeps one under `dataDir`. The first encrypts, all decrypt. */
  encryptionKeys: readonly Buffer[] | null
  heartbeatUrl: string | null
  /** Tokens of an identity provider (OpenID Connect) beside API keys; null: none are taken. */
  oidc: {
    issuer: string
    audience: string
    roleClaim: string
    roleMap: Readonly<Record<string, 'viewer' | 'responder' | 'editor' | 'admin'>>
    jwksUrl: string | null
    projectsClaim: string | null
  } | null
  logLevel: LogLevel
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** One name of the environment and what is wrong with it. Never holds the value. */
export interface ConfigProblem {
  name: string
  message: string
}

/** Every problem with the environment at once. main prints it and exits with status 78 (EX_CONFIG of sysexits.h). */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(`the environment is not usable:\n${problems.map(p => `  ${p.name}: ${p.message}`).join('\n')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

const environment = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a number from 0 to 65535')
    .transform(Number)
    .refine(port => port <= 65535, 'must be a number from 0 to 65535')
    .default(8080),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: z
    .string()
    .refine(value => /^https?:$/.test(urlOf(value)?.protocol ?? ''), 'must be an http:// or https:// URL')
    .nullable(),
  ROLE: z.enum(['server', 'worker', 'all'], 'must be server, worker or all').default('all'),
  REDIS_URL: redisUrls.nullable(),
  DATA_DIR: z.string().default('./data'),
  SANDBOX: z.enum(['auto', 'on', 'off'], 'must be auto, on or off').default('auto'),
  TRUST_PROXY: proxies.nullable(),
  SENTRY_CLIENT_SECRET: commaList
    .refine(list => list.every(one => one.length >= 16), 'each secret must have at least 16 characters: copy it whole')
    .nullable(),
  SENTRY_URL: providerUrl.default('https://sentry.io'),
  SENTRY_ORG: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]*$/, "must be the organization's slug, as in its Sentry URL")
    .nullable(),
  SENTRY_AUTH_TOKEN: text,
  SENTRY_INSTALLATION: uuid.nullable(),
  SENTRY_OWN_APP: uuid.nullable(),
  PAGERDUTY_ROUTING_KEY: z
    .string()
    .regex(/^[A-Za-z0-9]{32}$/, 'must be an Events API v2 integration key: 32 letters and digits')
    .nullable(),
  PAGERDUTY_EVENTS_URL: providerUrl.default('https://events.pagerduty.com'),
  PAGERDUTY_WEBHOOK_SECRET: commaList.nullable(),
  PAGERDUTY_API_TOKEN: text,
  PAGERDUTY_FROM: z.email("must be the acting user's e-mail address").nullable(),
  PAGERDUTY_API_URL: providerUrl.default('https://api.pagerduty.com'),
  SLACK_BOT_TOKEN: z
    .string()
    .regex(/^xox[a-z][-.][\x21-\x7e]{3,}$/, 'must be a bot token: it starts with xoxb-')
    .nullable(),
  SLACK_API_URL: providerUrl.default('https://slack.com/api/'),
  SLACK_TEAM_LEAD: z
    .string()
    .regex(/^[UWS][A-Z0-9]+$/, 'must be the id of a user (U…) or user group (S…), not a name')
    .nullable(),
  SLACK_SIGNING_SECRET: text,
  ADMIN_API_KEY: z.string().min(16, 'must have at least 16 characters; make one with: openssl rand -hex 24').nullable(),
  ENCRYPTION_KEY: encryptionKeys.nullable(),
  HEARTBEAT_URL: providerUrl.nullable(),
  OIDC_ISSUER: oidcIssuer.nullable(),
  OIDC_AUDIENCE: text,
  OIDC_ROLE_CLAIM: z.string().default('roles'),
  OIDC_ROLE_MAP: roleMap.nullable(),
  OIDC_JWKS_URL: providerUrl.nullable(),
  OIDC_PROJECTS_CLAIM: text,
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
})

/** Any of these means that someone set up a provider: then `SANDBOX=auto` is not the sandbox. */
const PROVIDER_SECRETS = [
  'SENTRY_CLIENT_SECRET',
  'SENTRY_AUTH_TOKEN',
  'PAGERDUTY_ROUTING_KEY',
  'PAGERDUTY_WEBHOOK_SECRET',
  'PAGERDUTY_API_TOKEN',
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
] as const

/**
 * Reads the environment into a frozen Config. An empty value counts as not set.
 * Throws ConfigError with every problem at once, by name and never with a value.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = setNames(env)
  const parsed = environment.safeParse(withNulls(given))
  const sandbox = given.SANDBOX === 'on' || (given.SANDBOX !== 'off' && !PROVIDER_SECRETS.some(name => name in given))
  const problems: ConfigProblem[] = [...missing(given, sandbox)]
  if (!parsed.success) {
    for (const issue of parsed.error.issues) problems.push({ name: String(issue.path[0]), message: issue.message })
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems)
  const value = parsed.data
  return deepFreeze({
    port: value.PORT,
    host: value.HOST,
    publicUrl: (value.PUBLIC_URL ?? ownUrl(value.HOST, value.PORT)).replace(/\/+$/, ''),
    role: value.ROLE,
    redisUrl: value.REDIS_URL,
    dataDir: value.DATA_DIR,
    sandbox,
    trustProxy: value.TRUST_PROXY,
    sentry: {
      clientSecrets: value.SENTRY_CLIENT_SECRET ?? [],
      url: value.SENTRY_URL,
      organization: value.SENTRY_ORG,
      apiToken: value.SENTRY_AUTH_TOKEN,
      installation: value.SENTRY_INSTALLATION,
      ownApp: value.SENTRY_OWN_APP,
    },
    pagerduty: {
      routingKey: value.PAGERDUTY_ROUTING_KEY,
      eventsUrl: value.PAGERDUTY_EVENTS_URL,
      webhookSecrets: value.PAGERDUTY_WEBHOOK_SECRET ?? [],
      apiToken: value.PAGERDUTY_API_TOKEN,
      from: value.PAGERDUTY_FROM,
      apiUrl: value.PAGERDUTY_API_URL,
    },
    slack: {
      botToken: value.SLACK_BOT_TOKEN,
      apiUrl: value.SLACK_API_URL,
      teamLead: value.SLACK_TEAM_LEAD,
      signingSecret: value.SLACK_SIGNING_SECRET,
    },
    adminApiKey: value.ADMIN_API_KEY,
    encryptionKeys: value.ENCRYPTION_KEY,
    heartbeatUrl: value.HEARTBEAT_URL,
    oidc:
      value.OIDC_ISSUER === null || value.OIDC_AUDIENCE === null || value.OIDC_ROLE_MAP === null
        ? null
        : {
            issuer: value.OIDC_ISSUER,
            audience: value.OIDC_AUDIENCE,
            roleClaim: value.OIDC_ROLE_CLAIM,
            roleMap: value.OIDC_ROLE_MAP,
            jwksUrl: value.OIDC_JWKS_URL,
            projectsClaim: value.OIDC_PROJECTS_CLAIM,
          },
    logLevel: value.LOG_LEVEL,
  })
}

/** What must be there together. Looks at which names are set, so it holds beside malformed values. */
function* missing(given: Record<string, string>, sandbox: boolean): Generator<ConfigProblem> {
  if ('SENTRY_AUTH_TOKEN' in given && !('SENTRY_ORG' in given)) {
    yield { name: 'SENTRY_ORG', message: 'is required together with SENTRY_AUTH_TOKEN' }
  }
  if ((given.ROLE === 'server' || given.ROLE === 'worker') && !('REDIS_URL' in given)) {
    const message = `is required with ROLE=${given.ROLE}: server and worker meet in one Redis, an embedded one is private`
    yield { name: 'REDIS_URL', message }
  }
  yield* missingForOidc(given)
  if (sandbox) return
  const required = {
    SENTRY_CLIENT_SECRET: 'the client secret of the internal integration in Sentry',
    ADMIN_API_KEY: 'the first admin key; make one with: openssl rand -hex 24',
    ENCRYPTION_KEY: '32 bytes in base64; make one with: openssl rand -base64 32',
  }
  for (const [name, what] of Object.entries(required)) {
    if (!(name in given)) yield { name, message: `is required outside the sandbox: ${what}` }
  }
  if (!('PAGERDUTY_ROUTING_KEY' in given) && !('SLACK_BOT_TOKEN' in given)) {
    const message = 'set it or SLACK_BOT_TOKEN: without a destination nobody would ever be told'
    yield { name: 'PAGERDUTY_ROUTING_KEY', message }
  }
}

/** All that tokens are judged by, or none of it: half of it would let in whoever the provider knows. */
function* missingForOidc(given: Record<string, string>): Generator<ConfigProblem> {
  const needed = {
    OIDC_ISSUER: 'the address of the identity provider, exactly as its tokens carry it in `iss`',
    OIDC_AUDIENCE: 'what its tokens for this service carry in `aud`',
    OIDC_ROLE_MAP: 'which value of the claim means which role, such as oncall=responder,platform=admin',
  }
  const other = Object.keys(given).find(name => name.startsWith('OIDC_'))
  if (other === undefined) return
  for (const [name, what] of Object.entries(needed)) {
    if (!(name in given)) yield { name, message: `is required together with ${other}: ${what}` }
  }
}

/** The names of ours that carry something; surrounding blanks do not count. */
function setNames(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given: Record<string, string> = {}
  for (const name of Object.keys(environment.shape)) {
    const value = env[name]?.trim()
    if (value !== undefined && value !== '') given[name] = value
  }
  return given
}

/** Fields without a default are null when not set; zod applies a default only to undefined. */
function withNulls(given: Record<string, string>): Record<string, string | null | undefined> {
  const entries = Object.entries(environment.shape).map(([name, field]) => {
    return [name, given[name] ?? (field instanceof z.ZodDefault ? undefined : null)]
  })
  return Object.fromEntries(entries)
}

function ownUrl(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner)
    Object.freeze(value)
  }
  return value
}
