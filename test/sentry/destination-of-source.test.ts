import t from 'tap'
import { destinationOfSource } from '../../src/sentry/destination-of-source.ts'
import type { SourceWithSecret } from '../../src/sentry/source.ts'

const source = (id: string, apiToken: string | null): SourceWithSecret => ({
  ...{ id, name: id, url: 'https://sentry.io', organization: 'acme', installation: null, ownApp: null, projects: [] },
  ...{ clientSecrets: ['a-client-secret-0123'], apiToken, managedBy: 'api' },
})

t.test('every source is a destination to write back to, with its token; nothing else is', async t => {
  const sources = [source('default', 'token'), source('mobile-team', null)]
  t.match(destinationOfSource('sentry-default', sources), {
    destination: { id: 'sentry-default', kind: 'sentry', source: 'default', organization: 'acme', fallback: null },
    secret: { apiToken: 'token' },
  })
  t.same(destinationOfSource('sentry-mobile-team', sources)?.secret, {})
  t.equal(destinationOfSource('sentry-other', sources), null)
  t.equal(destinationOfSource('default', sources), null)
})
