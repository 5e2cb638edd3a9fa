import { base64url, exportJWK, generateKeyPair, SignJWT } from 'jose'
import t, { type Test } from 'tap'
import { createReadToken, type OidcConfig } from '../../src/access/oidc.ts'
import { woundClock } from '../../src/platform/clock.ts'
import { startIdentityProvider } from '../support/identity-provider.ts'

const MINUTE = 60_000
const ROLE_MAP = { 'sre-oncall': 'responder', 'sre-leads': 'admin', everyone: 'viewer' } as const

async function start(t: Test, options: Partial<OidcConfig> = {}) {
  const clock = woundClock()
  const provider = await startIdentityProvider(clock)
  t.teardown(provider.close)
  const warned: string[] = []
  const config = { issuer: provider.issuer, audience: 'tocsin', roleClaim: 'roles', roleMap: ROLE_MAP }
  const read = createReadToken(
    { ...config, jwksUrl: null, projectsClaim: null, ...options },
    { clock, log: { warn: (fields, message) => void warned.push(JSON.stringify(fields) + message) } },
  )
  return { clock, provider, read, warned }
}

t.test('a good token says who it is for, and the highest role its claim gives', async t => {
  const { provider, read } = await start(t)
  const claims = { email: 'ada@example.com', roles: ['everyone', 'sre-leads', 'else'] }
  const ada = await read(await provider.token(claims))
  t.same(ada, { id: 'oidc:u-1', name: 'ada@example.com', role: 'admin', projects: null, via: 'oidc' })
  const grace = await read(await provider.token({ preferred_username: 'grace', roles: 'sre-oncall' }))
  t.match(grace, { name: 'grace', role: 'responder' })
  t.match(await read(await provider.token({ roles: ['everyone'] })), { name: 'u-1', role: 'viewer' })
  t.equal(provider.asked(), 1, 'its keys are kept')
})

t.test('a word within a value is not that value; only scopes are words between blanks', async t => {
  const roleMap = { admin: 'admin', 'SRE leads': 'editor', everyone: 'viewer' } as const
  const { provider, read } = await start(t, { roleMap })
  t.match(await read(await provider.token({ roles: 'SRE leads' })), { role: 'editor' })
  t.match(await read(await provider.token({ roles: ['everyone', 'office admin'] })), { role: 'viewer' })
  await t.rejects(read(await provider.token({ roles: 'no admin' })), { code: 'FORBIDDEN' })
  const scopes = await start(t, { roleMap, roleClaim: 'scope' })
  t.match(await scopes.read(await scopes.provider.token({ scope: 'openid everyone' })), { role: 'viewer' })
})

t.test('an address that nobody verified names nobody', async t => {
  const { provider, read } = await start(t)
  const claims = { email: 'ceo@example.com', preferred_username: 'mallory', roles: ['everyone'] }
  t.match(await read(await provider.token({ ...claims, email_verified: false })), { name: 'mallory' })
  t.match(await read(await provider.token({ ...claims, email_verified: true })), { name: 'ceo@example.com' })
})

t.test('what its header says of keys, types and extensions opens nothing', async t => {
  const { provider, read, clock } = await start(t)
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  const claims = { iss: provider.issuer, aud: 'tocsin', sub: 'u-1', roles: ['sre-leads'] }
  const payload = { ...claims, exp: Math.floor(clock.now() / 1000) + 300 }
  const forged = (header: object) =>
    new SignJWT(payload).setProtectedHeader({ alg: 'RS256', ...header }).sign(privateKey)
  const elsewhere = { jku: 'http://127.0.0.1:1/keys', x5u: 'http://127.0.0.1:1/keys', jwk }
  for (const kid of ['key-1', '../../etc/passwd', "' OR 1=1 --", '', '__proto__'])
    await t.rejects(read(await forged({ kid, ...elsewhere })), { code: 'API_KEY_INVALID' }, kid)
  await t.rejects(read(await forged(elsewhere)), { code: 'API_KEY_INVALID' })
  const encode = (part: object) => base64url.encode(JSON.stringify(part))
  const critical = `${encode({ alg: 'RS256', kid: 'key-1', crit: ['x'], x: 1 })}.${encode(payload)}.AAAA`
  await t.rejects(read(critical), { code: 'API_KEY_INVALID', message: /cannot be read/ })
  const several = await read(await provider.token({ roles: ['everyone'], aud: ['another', 'tocsin'] }))
  t.match(several, { role: 'viewer' }, 'a token may be meant for several')
  for (const aud of [[], ['another'], 'tocsin2', ['tocsi', 'n'], undefined])
    await t.rejects(read(await provider.token({ roles: ['everyone'], aud })), { code: 'API_KEY_INVALID' })
  for (const sub of ['', '  ', 7, {}, ['a']])
    await t.rejects(read(await provider.token({ roles: ['everyone'], sub })), { code: 'API_KEY_INVALID' })
})

t.test('claims may stand deeper, and bind to projects; what is missing opens nothing', async t => {
  const { provider, read } = await start(t, {
    roleClaim: 'realm_access.roles',
    projectsClaim: 'https://x.example/projects',
  })
  const realm_access = { roles: ['everyone'] }
  const projects = { 'https://x.example/projects': ['web', 'api'] }
  t.match(await read(await provider.token({ realm_access, ...projects })), { role: 'viewer', projects: ['web', 'api'] })
  t.same((await read(await provider.token({ realm_access }))).projects, [])
  t.equal((await read(await provider.token({ realm_access, 'https://x.example/projects': '*' }))).projects, null)
})

t.test('without a role that means something here it is forbidden, and the claim is named', async t => {
  const { provider, read } = await start(t)
  for (const roles of [undefined, [], ['hr'], 7, ['constructor'], ['__proto__']]) {
    const token = await provider.token(roles === undefined ? {} : { roles })
    await t.rejects(read(token), { code: 'FORBIDDEN', message: /claim "roles" names none of sre-oncall/ })
  }
})

t.test('what is not meant for us, or not now, is refused', async t => {
  const { provider, read, clock } = await start(t)
  const roles = ['everyone']
  const refused = async (token: string, message: RegExp) => t.rejects(read(token), { code: 'API_KEY_INVALID', message })
  await refused(await provider.token({ roles, aud: 'another' }), /another audience/)
  await refused(await provider.token({ roles, iss: 'https://elsewhere.example' }), /another issuer/)
  await refused(await provider.token({ roles }, { expiresAt: clock.now() - MINUTE }), /expired/)
  await refused(await provider.token({ roles }, { notBefore: clock.now() + MINUTE }), /not valid yet/)
  await refused(await provider.token({ roles, sub: undefined }), /"sub"/)
  const token = await provider.token({ roles })
  await refused(`${token.slice(0, -8)}AAAAAAAA`, /signature/)
  await refused('a.b.c', /cannot be read/)
  t.ok(await read(token))
  clock.wind(6 * MINUTE)
  await refused(token, /expired/)
})

t.test('only signatures with a key pair count: not none, not the public key as a shared secret', async t => {
  const { provider, read, clock } = await start(t)
  const claims = { iss: provider.issuer, aud: 'tocsin', sub: 'u-1', roles: ['sre-leads'] }
  const payload = { ...claims, exp: Math.floor(clock.now() / 1000) + 300 }
  const encode = (part: object) => base64url.encode(JSON.stringify(part))
  const message = /signed with a key pair/
  const none = `${encode({ alg: 'none' })}.${encode(payload)}.`
  await t.rejects(read(none), { code: 'API_KEY_INVALID' })
  const shared = new TextEncoder().encode(JSON.stringify(provider.publicJwk()))
  const hs256 = await new SignJWT(payload).setProtectedHeader({ alg: 'HS256', kid: 'key-1' }).sign(shared)
  await t.rejects(read(hs256), { code: 'API_KEY_INVALID', message })
})

t.test('a key that is not listed is asked for at most twice a minute; once it is listed it counts', async t => {
  const { provider, read, clock } = await start(t)
  const roles = ['everyone']
  t.ok(await read(await provider.token({ roles })))
  await provider.rotate(false)
  const token = await provider.token({ roles })
  for (let n = 0; n < 20; n++) await t.rejects(read(token), { code: 'API_KEY_INVALID', message: /does not list/ })
  t.equal(provider.asked(), 1, 'it was asked a moment ago')
  provider.listAll()
  clock.wind(31_000)
  t.ok(await read(await provider.token({ roles })))
  t.equal(provider.asked(), 2)
})

t.test('while the provider is down known keys count for a day; without any nobody is let in', async t => {
  const { provider, read, clock, warned } = await start(t)
  const token = (roles = ['everyone']) => provider.token({ roles })
  provider.fail(true)
  await t.rejects(read(await token()), { code: 'IDENTITY_UNAVAILABLE', status: 503, retry: true })
  provider.fail(false)
  await t.rejects(read(await token()), { code: 'IDENTITY_UNAVAILABLE' }, 'it was asked a moment ago')
  clock.wind(MINUTE)
  t.ok(await read(await token()))
  provider.fail(true)
  clock.wind(12 * 60 * MINUTE)
  t.ok(await read(await token()), 'known keys stay')
  clock.wind(13 * 60 * MINUTE)
  await t.rejects(read(await token()), { code: 'IDENTITY_UNAVAILABLE', message: /for a day/ })
  t.ok(warned.length > 0)
  t.notMatch(warned.join(), /eyJ/, 'no token is logged')
})

t.test('a discovery document about another issuer is not believed', async t => {
  const { provider, clock } = await start(t)
  const config = { issuer: `${provider.issuer}/`, audience: 'tocsin', roleClaim: 'roles', roleMap: ROLE_MAP }
  const read = createReadToken({ ...config, jwksUrl: null, projectsClaim: null }, { clock, log: { warn() {} } })
  const token = await provider.token({ roles: ['everyone'] })
  await t.rejects(read(token), { code: 'IDENTITY_UNAVAILABLE' })
})
