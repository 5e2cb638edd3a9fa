import type { Cluster, Redis } from 'ioredis'
import { type Speaks, type Voice, whoSpeaks } from './who-speaks.ts'

export interface VoiceStore {
  /**
   * Asks for the page of a project, atomically: of two that ask at once only one is told to speak, unless each speaks
   * for itself. `isOpen` tells whether a holder still lives; one that claimed less than 30 s ago counts as living.
   */
  claim(
    source: string,
    project: string,
    incident: string,
    voice: Voice,
    now: number,
    isOpen: (id: string) => Promise<boolean>,
  ): Promise<Speaks>
  /** Gives back what a resolved incident held; the incidents that were quiet because of it. */
  release(source: string, project: string, incident: string): Promise<string[]>
}

/** What pages within it for the same core flow has most likely the same cause. */
const LATELY_MS = 10 * 60_000
/** Long enough for the commit that follows a claim. */
const GRACE_MS = 30_000

const SWAP = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] and ARGV[1] ~= '' then return 0 end
if ARGV[1] == '' and redis.call('HEXISTS', KEYS[1], 'version') == 1 then return 0 end
redis.call('HINCRBY', KEYS[1], 'version', 1)
local drops = tonumber(ARGV[2])
for i = 1, drops do redis.call('HDEL', KEYS[1], ARGV[2 + i]) end
for i = 3 + drops, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
`

interface Scripts {
  tocsinVoice(...args: (string | number)[]): Promise<number>
}

/** Where voices are kept: the fields of a project, and their `version`, changed by compare-and-set. */
export interface VoiceFields {
  read(key: string): Promise<Record<string, string>>
  /** False: the version is not the one that was read any more (undefined: there was none). Drops first, then sets. */
  swap(key: string, version: string | undefined, drop: string[], set: Record<string, string>): Promise<boolean>
}

/** Who pages for a project: one hash a project. `look`: as they are kept, for who changes nothing. */
export function createVoiceStore(redis: Redis | Cluster): VoiceStore & { look: Pick<VoiceFields, 'read'> } {
  redis.defineCommand('tocsinVoice', { numberOfKeys: 1, lua: SWAP })
  const scripts = redis as unknown as Scripts
  const fields: VoiceFields = {
    read: key => redis.hgetall(key),
    swap: async (key, version, drop, set) =>
      (await scripts.tocsinVoice(key, version ?? '', drop.length, ...drop, ...Object.entries(set).flat())) === 1,
  }
  return { ...voicesIn(fields), look: { read: fields.read } }
}

/** Changes by compare-and-set around the pure decision. */
export function voicesIn({ read, swap }: VoiceFields): VoiceStore {
  const keyOf = (source: string, project: string) => `tocsin:{voice:${source}:${project}}`

  return {
    async claim(source, project, incident, voice, now, isOpen) {
      const key = keyOf(source, project)
      for (;;) {
        const { version, ...fields } = await read(key)
        const holders: Record<string, string> = {}
        const dead: string[] = []
        const lives = await livesOf(fields, incident, now, isOpen)
        for (const [field, value] of Object.entries(fields)) {
          if (field.startsWith('waits:')) continue
          const { id } = holderIn(value)
          if (lives.get(id) === true) holders[field] = id
          else dead.push(field)
        }
        const answer = whoSpeaks(incident, voice, holders, field => {
          const taken = holderIn(fields[field] ?? '').at
          return now - taken <= LATELY_MS
        })
        const set: Record<string, string> = {}
        if (answer.speaks) for (const field of answer.take) set[field] = `${incident}|${now}`
        else {
          for (const field of answer.hands) set[field] = `${answer.speaker}|${now}`
          set[`waits:${incident}`] = answer.speaker
        }
        if (Object.keys(set).length === 0 && dead.length === 0) return answer
        // What it waited for before is over either way; the script drops first, then sets.
        if (await swap(key, version, [...dead, `waits:${incident}`], set)) return answer
      }
    },
    async release(source, project, incident) {
      const key = keyOf(source, project)
      for (;;) {
        const { version, ...fields } = await read(key)
        const held = Object.keys(fields).filter(field => holderIn(fields[field] ?? '').id === incident)
        const waiting = held.filter(field => field.startsWith('waits:')).map(field => field.slice('waits:'.length))
        const own = fields[`waits:${incident}`] === undefined ? [] : [`waits:${incident}`]
        if (held.length === 0 && own.length === 0) return []
        if (await swap(key, version, [...held, ...own], {})) return waiting
      }
    },
  }
}

/** Who of the holders still lives: each is asked once, however many voices it holds. */
async function livesOf(
  fields: Record<string, string>,
  incident: string,
  now: number,
  isOpen: (id: string) => Promise<boolean>,
): Promise<Map<string, boolean>> {
  const claimedAt = new Map<string, number>()
  for (const [field, value] of Object.entries(fields)) {
    if (field.startsWith('waits:')) continue
    const { id, at } = holderIn(value)
    claimedAt.set(id, Math.max(at, claimedAt.get(id) ?? 0))
  }
  const asked = [...claimedAt].map(async ([id, at]): Promise<[string, boolean]> => {
    return [id, id === incident || now - at < GRACE_MS || (await isOpen(id))]
  })
  return new Map(await Promise.all(asked))
}

/** `<incident>|<claimed at>`; of one that waits, only the incident it waits for. */
function holderIn(value: string): { id: string; at: number } {
  const [id = '', at = '0'] = value.split('|')
  return { id, at: Number(at) }
}
