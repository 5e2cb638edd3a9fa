import { z } from 'zod'
import type { SentryWrite } from '../incidents/change.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import type { Signal } from '../signals/signal.ts'
import { sendRequest } from './api-request.ts'
import type { OwnAppStore } from './own-app-store.ts'
import { sameUuid } from './same-uuid.ts'
import type { SourceWithSecret } from './source.ts'

export interface OwnAppDeps {
  store: OwnAppStore
  /** From memory. */
  sourceOf(id: string): SourceWithSecret | null
  clock: Clock
  log: Pick<Log, 'info' | 'warn'>
  timeoutMs: number
}

/** After Sentry could not say it, it is asked again at the next write this much later. */
const ASK_AGAIN_MS = 600_000
/** What people call what they do, in Sentry's webhooks. */
const ECHOES: Readonly<Record<SentryWrite['kind'], readonly string[]>> = {
  resolve: ['resolved'],
  unresolve: ['unresolved'],
  archive: ['archived', 'ignored'],
  assign: ['assigned'],
  comment: [],
}

/**
 * Learns which Sentry app is ours: what we write comes back as a webhook with it as the actor, and asks nothing of us.
 * The setting of the source goes first; else Sentry says which app has our installation, or the echo itself gives it away.
 * Until it is known an echo is a webhook like any other, and finds everything as it says.
 */
export function createOwnApp({ store, sourceOf, clock, log, timeoutMs }: OwnAppDeps) {
  const askedAt = new Map<string, number>()

  const of = (source: string): string | null => sourceOf(source)?.ownApp ?? store.of(source)

  async function learn(source: string, app: string, how: string): Promise<void> {
    await store.learn(source, app)
    log.info({ source, app }, `our own Sentry app is known: ${how}`)
  }

  async function ask(source: string): Promise<void> {
    const known = sourceOf(source)
    if (known?.organization == null || known.apiToken === null) return
    const asked = askedAt.get(source)
    if (asked !== undefined && clock.now() - asked < ASK_AGAIN_MS) return
    askedAt.set(source, clock.now())
    const organization = encodeURIComponent(known.organization)
    const url = new URL(
      `${known.url.replace(/\/+$/, '')}/api/0/organizations/${organization}/sentry-app-installations/`,
    )
    const reply = await sendRequest(url, known.apiToken, AbortSignal.timeout(timeoutMs))
    const app = reply.kind === 'ok' ? appOf(reply.body, known.installation) : null
    if (app !== null) await learn(source, app, 'Sentry named it among the installations')
  }

  return {
    /** null: not known (yet). */
    of,
    /** Before an issue is changed. Never throws: an echo that is not recognised does no harm. */
    async writing(source: string, issue: string, write: SentryWrite): Promise<void> {
      if (of(source) !== null) return
      try {
        for (const action of ECHOES[write.kind]) await store.writing(source, issue, action)
      } catch (error) {
        log.warn(
          { err: error, source },
          'what is written to Sentry could not be noted: its echo will not be recognised',
        )
      }
      // Nobody waits for it: the write goes first.
      void ask(source).catch(error => log.warn({ err: error, source }, 'our own Sentry app could not be learnt'))
    },
    /** Is it the echo of what we wrote a moment ago? Then its actor is us. Never throws. */
    async saw({ source, resource, action, actor, facts }: Signal): Promise<void> {
      const app = actor?.type === 'application' && actor.id !== 'sentry' ? actor.id : null
      if (resource !== 'issue' || app === null || facts.issue === null || of(source) !== null) return
      try {
        if (await store.wroteLately(source, facts.issue, action))
          await learn(source, app, 'by the echo of our own write')
      } catch (error) {
        log.warn({ err: error, source }, 'our own Sentry app could not be learnt')
      }
    },
  }
}

export type OwnApp = ReturnType<typeof createOwnApp>

const installationsShape = z.array(z.object({ uuid: z.string(), app: z.object({ uuid: z.string() }) }))

/** The app of that installation; without one named, the only app there is. null: nobody can tell. */
function appOf(body: unknown, installation: string | null): string | null {
  const { data = [] } = installationsShape.safeParse(body)
  if (installation === null) return data.length === 1 ? (data[0]?.app.uuid ?? null) : null
  return data.find(({ uuid }) => sameUuid(uuid, installation))?.app.uuid ?? null
}
