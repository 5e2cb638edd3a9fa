import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** What the sandbox makes up once and keeps, so that a restart and `npm run sample` know it too. */
const secretsSchema = z.object({
  clientSecret: z.string().min(16),
  adminApiKey: z.string().min(16),
  routingKey: z.string().regex(/^[A-Za-z0-9]{32}$/),
  botToken: z.string().startsWith('xoxb-'),
  apiToken: z.string().min(16),
  /** Where the service listens, as last announced. */
  url: z.string(),
})
export type SandboxSecrets = z.infer<typeof secretsSchema>

const FILE = 'sandbox.json'

/** Reads them, or makes them when they are missing or unreadable; then the file is written. `made` says which. */
export function loadOrMakeSecrets(dataDir: string): { secrets: SandboxSecrets; made: boolean } {
  const kept = readSecrets(dataDir)
  if (kept !== null) return { secrets: kept, made: false }
  const secrets = {
    clientSecret: randomHex(32),
    adminApiKey: randomHex(24),
    routingKey: randomHex(16),
    botToken: `xoxb-sandbox-${randomHex(16)}`,
    apiToken: `sntrys_sandbox_${randomHex(24)}`,
    url: '',
  }
  writeSecrets(dataDir, secrets)
  return { secrets, made: true }
}

/** Readable by this user alone; replaced in one step, so that a reader never sees half of it. */
export function writeSecrets(dataDir: string, secrets: SandboxSecrets): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, FILE)
  writeFileSync(`${path}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 })
  chmodSync(`${path}.new`, 0o600) // the mode above counts only for a file that was not there
  renameSync(`${path}.new`, path)
}

function readSecrets(dataDir: string): SandboxSecrets | null {
  try {
    return secretsSchema.parse(JSON.parse(readFileSync(join(dataDir, FILE), 'utf8')))
  } catch {
    return null
  }
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}
