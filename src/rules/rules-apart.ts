import { setImmediate as turn } from 'node:timers/promises'
import { TocsinError } from '../errors.ts'
import { createFairTurns } from '../platform/fair-turns.ts'
import { hearInPieces, tellInPieces } from '../platform/large-message.ts'
import { openThread, type Thread } from '../platform/thread.ts'
import type { KnownDestination } from './check-policies.ts'
import type { ProblemList } from './problem-list.ts'
import { type RoutesSeen, rememberSeen, wereSeen } from './routes-seen.ts'
import type { RulesDocument } from './rules-document.ts'
import type { Asked } from './rules-thread.ts'
import { weightOf } from './rules-weight.ts'
import { type Validation, validateRules } from './validate-rules.ts'

/** Checks documents so that alerts never wait for it: small ones in place, large ones in a thread. */
export interface RulesApart {
  /**
   * As validateRules. `asker`: who shares a place in the line. Throws TOO_MANY_REQUESTS when too many wait, INVALID_INPUT
   * when it takes too long, INTERNAL when the thread fails, SHUTTING_DOWN.
   */
  validate(document: unknown, known: { destinations: readonly KnownDestination[] }, asker?: string): Promise<Validation>
  /** Has looked at those routes when it resolves: findWarnings is quick then. Throws as validate. */
  look(routes: RulesDocument['routes'], asker?: string): Promise<void>
  /** Ends the thread; what waits, and what runs, is refused. */
  close(): Promise<void>
}

/** Weight that is checked in place: measured, 10 to 20 ms for two to three hundred plain routes. */
const IN_PLACE = 5_000
/** Several times what the largest documents took on a busy machine of two cores: 2 to 4 s. */
const MOST_MS = 20_000
/** Each is held in memory, and may have come as 8 MB of JSON. */
const WAITING = { each: 3, all: 8 }
const YOUNG_MB = 64
/** Beyond it the thread ends with an error, and the service goes on. */
const MOST_MB = 768
/** Deeper than anything that is looked at: cut off below, so that copying it does not cost a stack. */
const DEEPEST = 100

export function createRulesApart({ inPlace = IN_PLACE, mostMs = MOST_MS, mostMb = MOST_MB } = {}): RulesApart {
  const turns = createFairTurns(WAITING)
  let thread: Thread | null = null
  let closed = false

  function open(): Thread {
    thread ??= openThread(new URL('./rules-thread.ts', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: mostMb },
    })
    return thread
  }

  /** Nothing of it is used again: the next one begins anew. */
  async function drop(): Promise<void> {
    const old = thread
    thread = null
    await old?.end()
  }

  async function talk<T>(work: (thread: Thread) => Promise<T>): Promise<T> {
    if (closed) throw shuttingDown()
    const own = open()
    own.wanted(true)
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(tooLong(mostMs)), mostMs)
    try {
      return await Promise.race([work(own), late.promise])
    } catch (error) {
      await drop()
      if (closed) throw shuttingDown()
      if (error instanceof TocsinError) throw error
      const detail = 'the document could not be checked: the thread that does so failed. Try again'
      throw new TocsinError('INTERNAL', detail, { cause: error })
    } finally {
      clearTimeout(timer)
      own.wanted(false)
    }
  }

  async function ask(thread: Thread, asked: Asked, value: unknown): Promise<void> {
    thread.tell(asked)
    await tellInPieces(message => tellCut(thread, message), value, turn)
  }

  async function inTurn<T>(asker: string, work: (thread: Thread) => Promise<T>): Promise<T> {
    if (closed) throw shuttingDown()
    return turns.take(asker, () => talk(work)) ?? Promise.reject(tooMany())
  }

  const take = (thread: Thread) => hearInPieces(thread.hear, () => thread.tell('more'))

  return {
    async validate(document, known, asker = '') {
      if (weightOf(document, inPlace) <= inPlace) return validateRules(document, known)
      return inTurn(asker, async thread => {
        await ask(thread, { what: 'validate', destinations: known.destinations }, document)
        const problems = (await thread.hear()) as ProblemList['all'] | null
        if (problems !== null) return { problems }
        const valid = (await take(thread)) as RulesDocument
        rememberSeen(valid.routes, (await take(thread)) as RoutesSeen)
        return { document: valid }
      })
    },
    async look(routes, asker = '') {
      if (wereSeen(routes) || weightOf(routes, inPlace) <= inPlace) return
      await inTurn(asker, async thread => {
        // Somebody who waited before asked for the same.
        if (wereSeen(routes)) return
        await ask(thread, { what: 'look' }, { routes })
        rememberSeen(routes, (await take(thread)) as RoutesSeen)
      })
    },
    async close() {
      closed = true
      turns.refuseWaiting(shuttingDown())
      await drop()
    },
  }
}

function tellCut(thread: Thread, message: unknown): void {
  try {
    thread.tell(message)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    thread.tell(cut(message, DEEPEST))
  }
}

function cut(value: unknown, deep: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (deep === 0) return null
  if (Array.isArray(value)) return value.map(one => cut(one, deep - 1))
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, cut(one, deep - 1)]))
}

function shuttingDown(): TocsinError {
  return new TocsinError('SHUTTING_DOWN', 'Tocsin is stopping: send it again in a moment')
}

function tooMany(): TocsinError {
  const detail = 'too many large rules documents wait to be checked: try again in a moment'
  return new TocsinError('TOO_MANY_REQUESTS', detail)
}

function tooLong(ms: number): TocsinError {
  const message = `checking it takes longer than ${ms / 1_000} s: write fewer or simpler conditions`
  return new TocsinError('INVALID_INPUT', message, { problems: [{ path: '', message }] })
}
