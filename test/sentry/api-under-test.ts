import type { Test } from 'tap'
import { type WoundClock, woundClock } from '../../src/platform/clock.ts'
import { type SentryStandIn, startSentryStandIn } from '../../src/sandbox/sentry-stand-in.ts'
import { emptyWorld } from '../../src/sandbox/sentry-world.ts'
import { createSentryApi, type SentryApi, type SentryApiOptions } from '../../src/sentry/api-client.ts'
import type { SourceWithSecret } from '../../src/sentry/source.ts'

export const TOKEN = 'sntrys_of_the_tests'
export const PRODUCTION = ['production', 'prod', 'live']

/** The client, asking a stand-in of its own over HTTP. Its clock stands until it is wound, in the middle of an hour. */
export interface ApiUnderTest {
  sentry: SentryStandIn
  clock: WoundClock
  now(): number
  api: SentryApi
  /** `question outcome`, in the order they came. */
  outcomes: string[]
  /** Another client of the same stand-in. */
  another(
    change?: Partial<SourceWithSecret>,
    options?: Partial<SentryApiOptions>,
  ): Pick<ApiUnderTest, 'api' | 'outcomes'>
}

export async function startApi(
  t: Pick<Test, 'teardown'>,
  change: Partial<SourceWithSecret> = {},
  options: Partial<SentryApiOptions> = {},
): Promise<ApiUnderTest> {
  const clock = woundClock({ now: () => Date.UTC(2026, 10, 21, 12, 30) })
  const sentry = await startSentryStandIn({ token: TOKEN, organization: 'acme', clock, world: emptyWorld() })
  t.teardown(() => sentry.close())

  function another(change: Partial<SourceWithSecret> = {}, options: Partial<SentryApiOptions> = {}) {
    const outcomes: string[] = []
    const source = sourceAt(sentry.url, change)
    const api = createSentryApi({
      sourceOf: id => (id === source.id ? source : null),
      clock,
      log: { info: () => {}, warn: () => {} },
      onOutcome: (question, outcome) => outcomes.push(`${question} ${outcome}`),
      ...options,
    })
    return { api, outcomes }
  }
  return { sentry, clock, now: () => clock.now(), another, ...another(change, options) }
}

function sourceAt(url: string, change: Partial<SourceWithSecret>): SourceWithSecret {
  return {
    id: 'default',
    name: 'Default',
    url,
    organization: 'acme',
    installation: null,
    ownApp: null,
    projects: [],
    clientSecrets: ['x'.repeat(32)],
    apiToken: TOKEN,
    managedBy: 'environment',
    ...change,
  }
}
