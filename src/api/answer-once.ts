import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../access/caller.ts'
import { TocsinError } from '../errors.ts'
import type { IdempotencyStore, StoredAnswer } from './idempotency-store.ts'

const KEY = /^[\x21-\x7e]{1,255}$/

/**
 * Does what `work` does at most once per Idempotency-Key; a repeat gets the first answer. What failed may be tried
 * again with the same key. Throws INVALID_INPUT, IDEMPOTENCY_KEY_REUSED, and CONFLICT while the first still runs.
 */
export async function answerOnce(
  store: IdempotencyStore,
  request: FastifyRequest,
  caller: Pick<Caller, 'id' | 'projects'>,
  work: () => Promise<{ now: StoredAnswer; again: StoredAnswer }>,
): Promise<{ answer: StoredAnswer; replayed: boolean }> {
  const key = request.headers['idempotency-key']
  if (key === undefined) return { answer: (await work()).now, replayed: false }
  if (typeof key !== 'string' || !KEY.test(key)) {
    const problems = [{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters, such as a UUID' }]
    throw new TocsinError('INVALID_INPUT', 'the Idempotency-Key cannot be used', { problems })
  }
  // A key of its own for each caller, and for the projects they are bound to: what one was answered is none of another's
  // business, nor of theirs once they may see less.
  const bound = caller.projects === null ? [] : [caller.projects]
  const begun = await store.begin(JSON.stringify([caller.id, key, ...bound]), fingerprint(request))
  switch (begun.state) {
    case 'done':
      return { answer: begun.answer, replayed: true }
    case 'running':
      throw new TocsinError('CONFLICT', 'the same request is being handled at this moment: ask again shortly')
    case 'different':
      throw new TocsinError(
        'IDEMPOTENCY_KEY_REUSED',
        'this Idempotency-Key was used for another request within 24 hours: make a new key for each new request',
      )
    case 'new': {
      const answer = await work().catch(async (error: unknown) => {
        // Where that cannot be said either, the key is free again in a minute.
        await begun.abandon().catch(() => {})
        throw error
      })
      // It is done by now: that its answer cannot be kept for a repeat is no reason to call it failed.
      await begun.finish(answer.again).catch(() => {})
      return { answer: answer.now, replayed: false }
    }
  }
}

/** Bodies may hold secrets: only a digest is kept. */
function fingerprint(request: FastifyRequest): string {
  const parts = [request.method, request.url, request.headers['if-match'] ?? '', JSON.stringify(request.body ?? null)]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
