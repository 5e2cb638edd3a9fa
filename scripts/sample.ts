import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { SAMPLES } from '../src/sandbox/samples/samples.ts'
import { serialize } from '../src/sandbox/samples/serialize.ts'
import { signBody } from '../src/sentry/signature.ts'

const USAGE = `npm run sample -- NAME [--url http://127.0.0.1:8080/webhooks/sentry] [--secret CLIENT_SECRET] [--times N]

Signs a sample Sentry webhook and sends it. Without --url and --secret it uses what the running sandbox wrote to
DATA_DIR/sandbox.json, or PUBLIC_URL and SENTRY_CLIENT_SECRET.
`

const sandboxSchema = z.object({ clientSecret: z.string(), url: z.string() })

/** What a sandbox that runs here wrote; null when there is none. */
function readSandbox(): z.infer<typeof sandboxSchema> | null {
  try {
    const file = join(process.env.DATA_DIR ?? 'data', 'sandbox.json')
    return sandboxSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

/** `url` is the service's address or the door's. */
function doorOf(url: string): string {
  return /\/webhooks\/sentry/.test(url) ? url : `${url.replace(/\/+$/, '')}/webhooks/sentry`
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}

function list(): void {
  console.log(USAGE)
  for (const [name, { about }] of Object.entries(SAMPLES)) console.log(`  ${name.padEnd(26)} ${about}`)
}

async function post(url: string, secret: string, resource: string, body: string): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    'request-id': randomUUID().replaceAll('-', ''),
    'sentry-hook-resource': resource,
    'sentry-hook-timestamp': String(Math.floor(Date.now() / 1000)),
    'sentry-hook-signature': signBody(body, secret),
  }
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error' })
  return `${response.status} ${(await response.text()).slice(0, 500)}`
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    secret: { type: 'string' },
    times: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const [name] = positionals
if (name === undefined || values.help) {
  list()
} else {
  const sample = Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined
  if (sample === undefined) fail(`There is no sample "${name}". Without a name, this command lists them.`)
  const sandbox = readSandbox()
  const secret = values.secret ?? process.env.SENTRY_CLIENT_SECRET?.split(',')[0]?.trim() ?? sandbox?.clientSecret
  if (!secret) fail('No client secret: start the sandbox (npm start), set SENTRY_CLIENT_SECRET, or give --secret.')
  const url = doorOf(values.url ?? process.env.PUBLIC_URL ?? sandbox?.url ?? 'http://127.0.0.1:8080')
  const times = Math.max(1, Number(values.times) || 1)
  for (let turn = 0; turn < times; turn++) {
    const body = serialize(sample.build(Date.now() + turn)) // another event and user each time
    try {
      console.log(`${name} -> ${url}: ${await post(url, secret, sample.resource, body)}`)
    } catch (error) {
      fail(
        `Could not reach ${url}: ${error instanceof Error ? error.message : error}. Is the service running (npm start)?`,
      )
    }
  }
}
