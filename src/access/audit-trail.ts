import { randomUUID } from 'node:crypto'
import type { Clock } from '../platform/clock.ts'
import type { AuditDraft } from './audit-entry.ts'
import type { AuditStore, Intent } from './audit-store.ts'
import { redact } from './redact.ts'

/** What somebody sets out to do. */
export type Undertaking = Omit<AuditDraft, 'at' | 'outcome' | 'before'>
export type Changed = Pick<AuditDraft, 'what' | 'before' | 'after'>

export interface AuditTrail {
  /** Writes down what is about to be changed. Throws what Redis throws: then nothing may be changed. */
  begin(undertaking: Undertaking): Promise<Begun>
  /** Writes what could not be written, and `unknown` for what was begun by a process that is gone. Once at a time. */
  settle(): Promise<void>
}

export interface Begun {
  /** It is made: the entry is written, now or as soon as that can be done; it is not lost meanwhile. Never throws. */
  done(changed: Changed | null): Promise<void>
  /** Nothing was changed. Never throws. Neither is said when nobody can tell: so will the trail. */
  dropped(): Promise<void>
}

export interface AuditTrailDeps {
  store: AuditStore
  clock: Clock
  /** Hides the secrets of this process, by value. */
  scrub(text: string): string
  /** As it is told outside: a hash is over what is read, by whomever. */
  outward(value: unknown): unknown
  log: { error(fields: object, message: string): void; info(fields: object, message: string): void }
}

/** What takes longer than this was left by a process that stopped. A bulk retry takes a minute at most. */
const GIVEN_UP_MS = 5 * 60_000

/**
 * The trail is written ahead: what is about to be changed is durable before it is made, and becomes an entry with what came
 * of it afterwards. So a change that was acknowledged is always in the trail, a crash in between shows as `unknown`, and a
 * change is never refused after it was made.
 */
export function createAuditTrail({ store, clock, scrub, outward, log }: AuditTrailDeps): AuditTrail {
  /** Made, and not yet in the chain. */
  const owed = new Map<string, AuditDraft>()
  let settling: Promise<void> | null = null

  const hidden = (draft: AuditDraft): AuditDraft => ({
    ...draft,
    what: scrub(draft.what),
    before: redact(outward(draft.before), scrub),
    after: redact(outward(draft.after), scrub),
    actor: draft.actor === null ? null : scrub(draft.actor),
    reason: draft.reason === null ? null : scrub(draft.reason),
  })
  const now = () => new Date(clock.now()).toISOString()

  /**
   * Each entry is named in the log with its hash: where logs are kept elsewhere, a trail that was cut at its end or written
   * anew no longer fits them.
   */
  async function append(draft: AuditDraft, id: string): Promise<void> {
    const end = await store.append(draft, id)
    if (end === null) return
    const { operation, outcome, caller, request } = draft
    log.info({ audit: end.number, hash: end.hash, operation, outcome, caller: caller.id, request }, 'audit entry')
  }

  async function write(id: string, draft: AuditDraft): Promise<void> {
    owed.set(id, draft)
    try {
      await append(draft, id)
      owed.delete(id)
    } catch (error) {
      log.error({ err: error, request: draft.request }, 'an audit entry could not be written yet; tried again')
    }
  }

  async function settle(): Promise<void> {
    for (const [id, draft] of owed) await write(id, draft)
    for (const { id, draft, begunAt } of await store.intents()) {
      if (owed.has(id) || clock.now() - begunAt < GIVEN_UP_MS) continue
      await append({ ...draft, outcome: 'unknown' }, id)
    }
  }

  return {
    async begin(undertaking) {
      const draft = hidden({ ...undertaking, at: now(), outcome: 'done', before: null })
      const intent: Intent = { id: randomUUID(), draft, begunAt: clock.now() }
      await store.begin(intent)
      return {
        done: changed => write(intent.id, changed === null ? draft : hidden({ ...draft, ...changed })),
        dropped: () =>
          store.drop(intent.id).catch(error => log.error({ err: error }, 'an intent stays; it is looked at')),
      }
    },
    settle() {
      settling ??= settle().finally(() => {
        settling = null
      })
      return settling
    },
  }
}
