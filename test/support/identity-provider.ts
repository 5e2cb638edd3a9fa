import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

interface Pair {
  kid: string
  privateKey: CryptoKey
  publicJwk: JWK
}

/** A real HTTP server that lists its keys as an OpenID provider does, and signs tokens with them. */
export interface IdentityProvider {
  issuer: string
  /** How often its keys were asked for. */
  asked(): number
  /** Answers 500 from now on, or no longer. */
  fail(failing: boolean): void
  /** Signs with a new key from now on; `listed`: and lists it. */
  rotate(listed?: boolean): Promise<void>
  listAll(): void
  publicJwk(): JWK
  token(claims: Record<string, unknown>, options?: { expiresAt?: number; notBefore?: number }): Promise<string>
  close(): Promise<void>
}

export async function startIdentityProvider(clock: { now(): number }): Promise<IdentityProvider> {
  const pairs: Pair[] = []
  let listed: Pair[] = []
  let asked = 0
  let failing = false
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (failing) return answer(500, {})
    if (request.url === '/.well-known/openid-configuration') return answer(200, { issuer, jwks_uri: `${issuer}/keys` })
    if (request.url !== '/keys') return answer(404, {})
    asked += 1
    answer(200, { keys: listed.map(({ kid, publicJwk }) => ({ ...publicJwk, kid, use: 'sig', alg: 'RS256' })) })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function rotate(list = true): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
    pairs.push({ kid: `key-${pairs.length + 1}`, privateKey, publicJwk: await exportJWK(publicKey) })
    if (list) listed = [...pairs]
  }
  await rotate()
  const newest = (): Pair => {
    const pair = pairs.at(-1)
    if (pair === undefined) throw new Error('it has a key')
    return pair
  }

  return {
    issuer,
    asked: () => asked,
    fail: now => {
      failing = now
    },
    rotate,
    listAll: () => {
      listed = [...pairs]
    },
    publicJwk: () => newest().publicJwk,
    token(claims, { expiresAt = clock.now() + 300_000, notBefore } = {}) {
      const { kid, privateKey } = newest()
      const given = { iss: issuer, aud: 'tocsin', sub: 'u-1', ...claims }
      const jwt = new SignJWT(given).setProtectedHeader({ alg: 'RS256', kid }).setExpirationTime(expiresAt / 1000)
      return (notBefore === undefined ? jwt : jwt.setNotBefore(notBefore / 1000)).sign(privateKey)
    },
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}
