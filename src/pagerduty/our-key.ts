import { incidentId } from '../signals/dedup-key.ts'

const KEY = /^(.+):g(\d{1,9})$/s
const HASHED = /^tocsin:([0-9a-f]{64})$/

/** The way back from a dedup key of ours (see dedup-key.ts) to the incident and its life; null: another monitor's alert. */
export function incidentOfDedupKey(dedupKey: string): { incident: string; generation: number } | null {
  const [, key, generation] = KEY.exec(dedupKey) ?? []
  if (key === undefined) return null
  const hash = HASHED.exec(key)?.[1]
  // An incident's id is the beginning of its key's hash.
  if (hash !== undefined) return { incident: `inc_${hash.slice(0, 20)}`, generation: Number(generation) }
  return key.startsWith('v1:') ? { incident: incidentId(key), generation: Number(generation) } : null
}
