import { randomBytes } from 'node:crypto'
import type { HiddenIncident, JudgedBreadth, Operations, ShownSilence, SilenceScope } from './api/operations.ts'
import { pageOf } from './api/paging.ts'
import { TocsinError } from './errors.ts'
import { isMeant } from './mute/covered-by.ts'
import type { Hider } from './mute/hid-store.ts'
import { isBoundWithin, type Silence, stateOf } from './mute/silence.ts'
import { covered, coverOfSilence } from './pipeline/covers.ts'
import type { Pipeline } from './pipeline/pipeline.ts'
import { tooBroad } from './pipeline/silence-breadth.ts'
import type { Clock } from './platform/clock.ts'
import type { Stores } from './stores.ts'

export interface SilenceOperationsDeps {
  stores: Pick<Stores, 'silences' | 'hid' | 'incidents' | 'rules'>
  pipeline: Pick<Pipeline, 'lookAtMutes' | 'silenceBreadth'>
  clock: Clock
}

/** As many of what one kept quiet are listed; all are counted. */
const MOST_LISTED = 100

/** What people do with silences. Each change is in force before it is answered: what is open falls quiet, or speaks. */
export function createSilenceOperations({ stores, pipeline, clock }: SilenceOperationsDeps): Operations['silences'] {
  async function shown(silence: Silence): Promise<ShownSilence> {
    const hid = await stores.hid.count({ kind: 'silence', id: silence.id })
    return { ...silence, state: stateOf(silence, clock.now()), hid }
  }

  async function hidden(hider: Hider): Promise<{ count: number; incidents: HiddenIncident[] }> {
    const { count, incidents } = await stores.hid.of(hider, MOST_LISTED)
    const found = new Map(
      (await stores.incidents.readMany(incidents.map(({ incident }) => incident))).map(one => [one.id, one]),
    )
    const listed = incidents.flatMap(({ incident, at }) => {
      const one = found.get(incident)
      if (one === undefined) return []
      const { title, severity, status, project } = one
      return [{ incident, at, title, severity, status, project }]
    })
    return { count, incidents: listed }
  }

  async function preview({ matchers: when, coversDataLoss, projects }: SilenceScope): Promise<JudgedBreadth> {
    const breadth = await pipeline.silenceBreadth({ when, coversDataLoss, projects })
    return { ...breadth, tooBroad: tooBroad(breadth, (await stores.rules.current()).document.settings.silenceBreadth) }
  }

  async function requireNarrow(scope: SilenceScope, confirm: boolean): Promise<void> {
    const { tooBroad: why } = confirm ? { tooBroad: [] } : await preview(scope)
    if (why.length === 0) return
    const detail = `${why.join('; ')}: narrow the matchers, or send "confirm": true if that is what you mean`
    throw new TocsinError('TOO_BROAD', detail, { problems: why.map(message => ({ path: '/matchers', message })) })
  }

  async function known(id: string): Promise<Silence> {
    const silence = await stores.silences.read(id)
    if (silence === null) throw new TocsinError('NOT_FOUND', `there is no silence "${id}"`)
    return silence
  }

  async function put(before: Silence, changed: Partial<Silence>, expected: string | null) {
    const rev = expected === null ? before.rev : revOf(expected)
    const next = { ...before, ...changed, updatedAt: clock.now(), rev: rev + 1 }
    const after = await stores.silences.replace(next, rev)
    await pipeline.lookAtMutes()
    return { before, after: await shown(after) }
  }

  return {
    now: clock.now,
    preview,
    hidden: (kind, id) => hidden({ kind, id }),
    async list({ state, author, incident, projects }, page) {
      const about = incident === undefined ? null : await stores.incidents.read(incident)
      const now = clock.now()
      const found = (await stores.silences.current()).filter(
        silence =>
          (state ?? stateOf(silence, now)) === stateOf(silence, now) &&
          (author ?? silence.author) === silence.author &&
          (projects === undefined || isBoundWithin(silence, projects)) &&
          (incident === undefined || (about !== null && isMeant(coverOfSilence(silence), covered(about)))),
      )
      const newest = found.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
      const { items, next } = pageOf(page.oldestFirst ? newest.toReversed() : newest, ({ id }) => id, page)
      return { items: await Promise.all(items.map(shown)), next }
    },
    async get(id) {
      const silence = await stores.silences.read(id)
      if (silence === null) return null
      const { count, incidents } = await hidden({ kind: 'silence', id })
      return { ...silence, state: stateOf(silence, clock.now()), hid: count, hidden: incidents }
    },
    async create(wanted, confirm) {
      await requireNarrow(wanted, confirm)
      const now = clock.now()
      const id = `sil_${randomBytes(6).toString('hex')}`
      const made = { ...wanted, id, createdAt: now, updatedAt: now, expiredBy: null, rev: 1 }
      const silence = await stores.silences.create(made, now)
      await pipeline.lookAtMutes()
      return shown(silence)
    },
    async change(id, change, expected, confirm) {
      const before = await known(id)
      if (stateOf(before, clock.now()) === 'expired')
        throw new TocsinError('CONFLICT', `silence "${id}" has ended: make a new one`)
      const scope = { ...before, ...change }
      if (JSON.stringify(scopeOf(scope)) !== JSON.stringify(scopeOf(before))) await requireNarrow(scope, confirm)
      return put(before, change, expected)
    },
    async expire(id, by, expected) {
      for (;;) {
        const before = await known(id)
        const now = clock.now()
        if (stateOf(before, now) === 'expired') return { before, after: await shown(before) }
        const end = { startsAt: Math.min(before.startsAt, now), endsAt: now, expiredBy: by }
        try {
          return await put(before, end, expected)
        } catch (error) {
          // Whoever names no revision means it as it is: what somebody else has changed meanwhile is ended too.
          if (expected !== null || !(error instanceof TocsinError) || error.code !== 'STALE_ETAG') throw error
        }
      }
    },
  }
}

function scopeOf({ matchers, coversDataLoss }: SilenceScope) {
  return { matchers, coversDataLoss }
}

/** What cannot be a revision is none of ours: it changed, as far as anybody can tell. */
function revOf(expected: string): number {
  const rev = Number(expected)
  if (Number.isSafeInteger(rev) && rev > 0) return rev
  throw new TocsinError(
    'STALE_ETAG',
    `"${expected}" is no ETag of a silence: read it again and send the one it came with`,
  )
}
