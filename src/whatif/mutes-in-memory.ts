import type { InhibitorPlace, InhibitorStore } from '../mute/inhibitor-store.ts'
import { EMPTY_LANE, type Lane, type StormLanes, type StormStore, stormsIn } from '../mute/storm-store.ts'
import { type VoiceFields, type VoiceStore, voicesIn } from '../mute/voice-store.ts'

/** What is read through to where nothing was changed here: the real stores, never written to. */
export interface MutesBeneath {
  voices: { look: Pick<VoiceFields, 'read'> }
  storms: { look: Pick<StormLanes, 'get' | 'lanes'> }
  inhibitors: Pick<InhibitorStore, 'at' | 'waiting'>
}

export interface MutesInMemory {
  voices: VoiceStore
  storms: StormStore
  inhibitors: InhibitorStore
}

/**
 * Who speaks for whom, storms and inhibition, decided as ever and kept in memory: for a flow that is only thought through.
 * `beneath` null: nobody speaks for anybody yet.
 */
export function createMutesInMemory(beneath: MutesBeneath | null): MutesInMemory {
  return {
    voices: voicesInMemory(beneath?.voices.look ?? null),
    storms: stormsInMemory(beneath?.storms.look ?? null),
    inhibitors: inhibitorsInMemory(beneath?.inhibitors ?? null),
  }
}

function voicesInMemory(beneath: MutesBeneath['voices']['look'] | null): VoiceStore {
  const projects = new Map<string, Record<string, string>>()
  return voicesIn({
    async read(key) {
      const found = projects.get(key) ?? (beneath === null ? {} : await beneath.read(key))
      projects.set(key, found)
      return { ...found }
    },
    async swap(key, version, drop, set) {
      const fields = { ...projects.get(key) }
      if (fields.version !== version) return false
      for (const field of drop) delete fields[field]
      projects.set(key, { ...fields, ...set, version: String(Number(version ?? 0) + 1) })
      return true
    },
  })
}

function stormsInMemory(beneath: MutesBeneath['storms']['look'] | null): StormStore {
  const scopes = new Map<string, Map<string, Lane>>()
  /** As it is beneath from the first look on. */
  async function lanesOf(key: string): Promise<Map<string, Lane>> {
    const found = scopes.get(key)
    if (found !== undefined) return found
    const read = beneath === null ? [] : await beneath.lanes(key)
    const lanes = await Promise.all(read.map(async name => [name, await laneBeneath(key, name)] as const))
    const made = scopes.get(key) ?? new Map(lanes)
    scopes.set(key, made)
    return made
  }
  const laneBeneath = async (key: string, name: string) => (await beneath?.get(key, name))?.lane ?? EMPTY_LANE

  return stormsIn({
    async get(key, name) {
      const lane = (await lanesOf(key)).get(name) ?? EMPTY_LANE
      return { lane, as: lane }
    },
    lanes: async key => [...(await lanesOf(key)).keys()],
    async swap(key, name, { as }, is) {
      const here = await lanesOf(key)
      if ((here.get(name) ?? EMPTY_LANE) !== as) return false
      if (is === null) here.delete(name)
      else here.set(name, is)
      return true
    },
  })
}

/** What is beneath is a hint only, as ever: whoever is found there is looked at as it is here. */
function inhibitorsInMemory(beneath: MutesBeneath['inhibitors'] | null): InhibitorStore {
  const sources = new Map<string, Set<string>>()
  const placesOf = new Map<string, readonly string[]>()
  const held = new Map<string, Set<string>>()
  const nameOf = ({ rule, values }: InhibitorPlace) => `${rule}|${values}`
  return {
    async place(incident, places) {
      const now = places.map(nameOf)
      const before = placesOf.get(incident) ?? []
      for (const gone of before) if (!now.includes(gone)) sources.get(gone)?.delete(incident)
      for (const name of now) {
        const here = sources.get(name) ?? new Set()
        sources.set(name, here.add(incident))
      }
      if (now.length > 0) placesOf.set(incident, now)
      else placesOf.delete(incident)
    },
    async at(place) {
      return [...new Set([...((await beneath?.at(place)) ?? []), ...(sources.get(nameOf(place)) ?? [])])]
    },
    async wait(speaker, target) {
      const waiting = held.get(speaker) ?? new Set()
      held.set(speaker, waiting.add(target))
    },
    async waiting(speaker) {
      return [...new Set([...((await beneath?.waiting(speaker)) ?? []), ...(held.get(speaker) ?? [])])]
    },
    async released(speaker, target) {
      held.get(speaker)?.delete(target)
    },
  }
}
