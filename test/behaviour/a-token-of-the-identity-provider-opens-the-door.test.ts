import t from 'tap'
import { woundClock } from '../../src/platform/clock.ts'
import { startIdentityProvider } from '../support/identity-provider.ts'
import { startWorld } from '../support/world.ts'

t.test(
  'a token of the identity provider gives its role; without one it is forbidden, and the trail names the person',
  async t => {
    const provider = await startIdentityProvider(woundClock())
    t.teardown(provider.close)
    const env = {
      OIDC_ISSUER: provider.issuer,
      OIDC_AUDIENCE: 'tocsin',
      OIDC_ROLE_CLAIM: 'groups',
      OIDC_ROLE_MAP: 'sre=editor, platform=admin',
      OIDC_PROJECTS_CLAIM: 'projects',
    }
    const world = await startWorld({ env })
    t.teardown(world.stop)
    const as = async (claims: object) => ({
      authorization: `Bearer ${await provider.token({ email: 'ada@example.com', projects: '*', ...claims })}`,
    })
    t.match(await world.api('GET', '/whoami', undefined, await as({ groups: ['sre'] })), {
      status: 200,
      body: { id: 'oidc:u-1', name: 'ada@example.com', role: 'editor', via: 'oidc', projects: null },
    })
    t.match(await world.api('GET', '/whoami', undefined, await as({ groups: ['sre'], projects: ['web-shop'] })), {
      body: { projects: ['web-shop'] },
    })
    t.match(await world.api('GET', '/whoami', undefined, await as({ groups: ['hr'] })), {
      status: 403,
      body: { code: 'FORBIDDEN', detail: /claim "groups"/ },
    })
    t.match(await world.api('GET', '/audit', undefined, await as({ groups: ['sre'] })), { status: 403 })
    const admin = await as({ groups: ['platform'] })
    t.match(await world.api('POST', '/api-keys', { name: 'bot', role: 'viewer' }, admin), { status: 201 })
    t.match((await world.api('GET', '/audit', undefined, admin)).body.items, [
      { operation: 'createApiKey', caller: { id: 'oidc:u-1', name: 'ada@example.com', role: 'admin', via: 'oidc' } },
    ])
    t.notMatch(world.logged.join('\n'), /eyJ/, 'no token is in the log')
  },
)
