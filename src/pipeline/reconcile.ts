import type { Survey } from '../measure/survey.ts'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logger.ts'
import { LEASE_MS, type Lease, type PollStore } from '../sentry/poll-store.ts'
import type { Ended, ReconcileRound } from './reconcile-round.ts'

export interface ReconcileDeps {
  survey: Pick<Survey, 'canAsk'>
  polls: PollStore
  round: ReconcileRound
  /** Looks at every project of the source for what no issue tells: its sessions, its exceptions. */
  lookAtProjects(source: string): Promise<unknown>
  sources(): readonly { id: string; organization: string | null }[]
  /** How often each source is asked, ms. */
  everyMs(): number
  onPolled(source: string, outcome: Ended['how']): void
  clock: Clock
  random(): number
  log: Log
}

const FIRST_RETRY_MS = 10_000
const LONGEST_RETRY_MS = 60_000

type Polled = ReturnType<ReconcileDeps['sources']>[number]

/**
 * Asks Sentry, source by source, what no webhook told: what was created, came back, was resolved or archived. It goes in
 * as signals of origin `poll`, through the same pipeline. One process does it at a time; what a crash leaves undone the
 * next one repeats without doubling, because such a signal tells a state and an incident knows its own.
 */
export function createReconcile(deps: ReconcileDeps) {
  const { survey, polls, clock, log } = deps
  const running = new Map<string, Promise<void>>()
  let stopping = false

  const asked = () => deps.sources().filter(({ id }) => survey.canAsk(id))

  function turnAfter(source: Polled, before: Promise<void> | undefined): Promise<void> {
    const turn = (before ?? Promise.resolve())
      .then(() => takeTurn(source))
      .catch(error =>
        log.warn({ err: error, source: source.id }, 'reconciling with Sentry failed; tried again shortly'),
      )
      .finally(() => {
        if (running.get(source.id) === turn) running.delete(source.id)
      })
    running.set(source.id, turn)
    return turn
  }

  async function takeTurn(source: Polled): Promise<void> {
    if (stopping) return
    const startedAt = clock.now()
    const everyMs = deps.everyMs()
    const lease = await polls.claim(source.id, { now: startedAt, everyMs, token: `${startedAt}-${deps.random()}` })
    if (lease === null) return
    const hold = holdOn(lease)
    // Beside the round: what breaks now does not wait until all that was missed is caught up with.
    const looked = deps
      .lookAtProjects(source.id)
      .catch(error => log.warn({ err: error, source: source.id }, 'looking at the projects failed; again shortly'))
    try {
      const ended = await deps.round(lease.state, {
        source,
        everyMs,
        write: lease.write,
        going: () => hold.held() && !stopping,
      })
      await looked
      await settle(source, lease, ended, startedAt)
    } catch (error) {
      const reason = 'what Sentry answered could not be handled here'
      await settle(source, lease, { how: 'failed', state: lease.state, reason }, startedAt)
      throw error
    } finally {
      await looked
      hold.end()
    }
  }

  /** While it is held nobody else begins; Redis away for a moment is no loss, only another's turn is. */
  function holdOn(lease: Lease) {
    let held = true
    const renewal = setInterval(() => {
      lease.renew().then(
        still => {
          held &&= still
        },
        () => {},
      )
    }, LEASE_MS / 3)
    return { held: () => held, end: () => clearInterval(renewal) }
  }

  async function settle(source: Polled, lease: Lease, ended: Ended, startedAt: number): Promise<void> {
    await keepPlace(source, lease, ended, startedAt)
    deps.onPolled(source.id, ended.how)
  }

  async function keepPlace({ id }: Polled, lease: Lease, ended: Ended, startedAt: number): Promise<void> {
    if (ended.how === 'interrupted') return lease.giveUp()
    const { state } = ended
    if (ended.how === 'done') {
      if (state.error !== null) log.info({ source: id }, 'Sentry can be asked again what was missed')
      const { gap } = lease.state
      const kept = { ...state, lastOkAt: clock.now(), failures: 0, error: null }
      if ((await lease.end(kept, { startedAt, retryAt: null })) && gap !== null) await polls.clearGap(id, gap.from)
      return polls.tidy(id, clock.now())
    }
    // It keeps its place: what was done is not done again, and what was not is asked for next time.
    const { reason } = ended
    if (state.error !== reason) log.warn({ source: id, reason }, 'what was missed cannot be asked of Sentry')
    const failures = state.failures + 1
    const retryAt = clock.now() + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1))
    await lease.end({ ...state, failures, error: reason }, { startedAt, retryAt })
  }

  return {
    /** Takes every turn that is due, and resolves when those and the ones under way are done. */
    async run(): Promise<void> {
      await Promise.all(asked().map(source => turnAfter(source, running.get(source.id))))
    },
    /** The same without waiting: one source that is far behind must not hold up the others. */
    async start(): Promise<void> {
      for (const source of asked()) if (!running.has(source.id)) void turnAfter(source, undefined)
    },
    /** Takes no more turns; those under way end after what is in hand. */
    async stop(): Promise<void> {
      stopping = true
      await Promise.all(running.values())
    },
  }
}

export type Reconcile = ReturnType<typeof createReconcile>
