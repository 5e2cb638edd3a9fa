import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { TocsinError } from '../errors.ts'

/** Keeps secrets at rest: AES-256-GCM, bound to the place they belong to. */
export interface SecretBox {
  /** Encrypts under the first key. `context` (e.g. `destination:slack-incidents`) must be given again to open. */
  seal(plain: string, context: string): string
  /** Throws SECRET_UNREADABLE when no key fits, the context differs or the text was changed. */
  open(sealed: string, context: string): string
}

const KEY_BYTES = 32
/** NIST SP 800-38D section 8.2.2: a random 96-bit nonce. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** `keys` are 32 bytes each, newest first: the first encrypts, all decrypt. Throws RangeError on none or a wrong size. */
export function createSecretBox(keys: readonly Buffer[]): SecretBox {
  const [first] = keys
  if (first === undefined) throw new RangeError('a secret box needs at least one key')
  if (keys.some(key => key.length !== KEY_BYTES)) throw new RangeError(`every key must have ${KEY_BYTES} bytes`)
  const keysById = new Map(keys.map(key => [keyId(key), key]))

  return {
    seal(plain, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', first, nonce).setAAD(Buffer.from(context))
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return ['v1', keyId(first), Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')].join('.')
    },
    open(sealed, context) {
      const [version, id = '', body = ''] = sealed.split('.')
      const key = keysById.get(id)
      if (version !== 'v1' || key === undefined) {
        const detail = `the stored secret of ${context} was sealed with a key that is not in ENCRYPTION_KEY; add that key back, or set the secret again`
        throw new TocsinError('SECRET_UNREADABLE', detail)
      }
      const bytes = Buffer.from(body, 'base64url')
      try {
        const nonce = bytes.subarray(0, NONCE_BYTES)
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
        decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES))
        const text = bytes.subarray(NONCE_BYTES, -TAG_BYTES)
        return decipher.update(text, undefined, 'utf8') + decipher.final('utf8')
      } catch (cause) {
        const detail = `the stored secret of ${context} is damaged or belongs elsewhere; set the secret again`
        throw new TocsinError('SECRET_UNREADABLE', detail, { cause })
      }
    },
  }
}

/** Names a key without telling it. */
function keyId(key: Buffer): string {
  return createHash('sha256').update('tocsin key id').update(key).digest('hex').slice(0, 12)
}

/** The sandbox's own key: made once under `dataDir` (mode 0600), read afterwards. Throws when the file is not a key. */
export function loadOrCreateKey(dataDir: string): Buffer {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = join(dataDir, 'encryption-key')
  const fresh = randomBytes(KEY_BYTES)
  try {
    // 'wx' fails when the file is there: two that start at once cannot each make a key.
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, `${fresh.toString('base64')}\n`)
    fsyncSync(file)
    closeSync(file)
    return fresh
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const kept = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64')
  if (kept.length !== KEY_BYTES) {
    throw new Error(`${path} does not hold a key of ${KEY_BYTES} bytes in base64; restore it, or remove DATA_DIR`)
  }
  return kept
}
