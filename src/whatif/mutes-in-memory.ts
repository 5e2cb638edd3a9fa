import { type StormStore, stormsIn } from '../mute/storm-store.ts'
import { type VoiceStore, voicesIn } from '../mute/voice-store.ts'

/** Who speaks for whom, and storms, decided as ever and kept in memory: for a flow that is only thought through. */
export function createMutesInMemory(): { voices: VoiceStore; storms: StormStore } {
  const projects = new Map<string, Record<string, string>>()
  const lanes = new Map<string, Map<string, string>>()
  return {
    voices: voicesIn({
      read: async key => ({ ...projects.get(key) }),
      async swap(key, version, drop, set) {
        const fields = { ...projects.get(key) }
        if (fields.version !== version) return false
        for (const field of drop) delete fields[field]
        projects.set(key, { ...fields, ...set, version: String(Number(version ?? 0) + 1) })
        return true
      },
    }),
    storms: stormsIn({
      get: async (key, lane) => lanes.get(key)?.get(lane) ?? null,
      lanes: async key => [...(lanes.get(key)?.keys() ?? [])],
      async swap(key, lane, was, is) {
        const here = lanes.get(key) ?? new Map<string, string>()
        if ((here.get(lane) ?? null) !== was) return false
        if (is === null) here.delete(lane)
        else here.set(lane, is)
        lanes.set(key, here)
        return true
      },
    }),
  }
}
