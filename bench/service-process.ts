import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Secrets {
  client: string
  admin: string
  token: string
  routingKey: string
  bot: string
}

export const freshSecrets = (): Secrets => ({
  client: randomBytes(16).toString('hex'),
  admin: randomBytes(16).toString('hex'),
  token: `sntrys_${randomBytes(16).toString('hex')}`,
  routingKey: routingKey(),
  bot: `xoxb-${randomBytes(16).toString('hex')}`,
})
export const routingKey = (): string => randomBytes(16).toString('hex')

/** The whole service as `npm start` runs it, in a process of its own, with everything it ships with switched on. */
export interface ServiceProcess {
  url: string
  port: number
  /** Socket of its embedded Redis. */
  redisSocket(): string
  api(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ etag: string; body: unknown }>
  /** Sum of the samples of a metric whose labels hold all of `labels`. */
  metric(name: string, labels?: Record<string, string>): Promise<number>
  /** Lines it logged as errors. */
  errors: string[]
  stop(): Promise<void>
}

const ROOT = join(import.meta.dirname, '..')
const START_WITHIN_MS = 20_000

export async function startServiceProcess(
  dataDir: string,
  secrets: Secrets,
  providers: { sentry: string; pagerduty: string; slack: string },
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DATA_DIR: dataDir,
      SANDBOX: 'off',
      SENTRY_CLIENT_SECRET: secrets.client,
      SENTRY_URL: providers.sentry,
      SENTRY_ORG: 'northwind',
      SENTRY_AUTH_TOKEN: secrets.token,
      PAGERDUTY_ROUTING_KEY: secrets.routingKey,
      PAGERDUTY_EVENTS_URL: providers.pagerduty,
      SLACK_BOT_TOKEN: secrets.bot,
      SLACK_API_URL: providers.slack,
      ADMIN_API_KEY: secrets.admin,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const errors: string[] = []
  const ready = Promise.withResolvers<string>()
  const late = setTimeout(() => ready.reject(new Error('the service did not start in time')), START_WITHIN_MS)
  child.once('exit', code => ready.reject(new Error(`the service ended with ${code}`)))
  createInterface({ input: child.stdout }).on('line', line => {
    if (line.includes('"level":"error"')) errors.push(line)
    const url = /tocsin is ready on (http:\S+?)"/.exec(line)?.[1]
    if (url !== undefined) ready.resolve(url)
  })
  const url = await ready.promise.finally(() => clearTimeout(late))

  return {
    url,
    port: Number(new URL(url).port),
    redisSocket: () => readFileSync(join(dataDir, 'redis.socket'), 'utf8').trim(),
    async api(method, path, body, headers = {}) {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${secrets.admin}`, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`)
      return { etag: response.headers.get('etag') ?? '', body: text === '' ? null : JSON.parse(text) }
    },
    async metric(name, labels = {}) {
      const text = await (await fetch(`${url}/metrics`)).text()
      const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
      return text
        .split('\n')
        .filter(line => /^[\w]+/.exec(line)?.[0] === name && wanted.every(one => line.includes(one)))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
    },
    errors,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}
