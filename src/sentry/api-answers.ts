import type { Answer } from '../measure/impact-source.ts'
import type { Clock } from '../platform/clock.ts'

/** One request under way per distinct question; answers are remembered for `cacheMs`, failures are not. */
export interface AnswerMemory {
  /**
   * The remembered answer, the one under way, or a new one. `key` names the question: same key, same type of answer.
   * A live question never waits for one of the background, which may stand in line.
   */
  once<T>(key: string, ask: () => Promise<Answer<T>>, background?: boolean): Promise<Answer<T>>
}

const MOST_REMEMBERED = 2_000

export function createAnswerMemory(clock: Clock, cacheMs: number): AnswerMemory {
  const live = new Map<string, Promise<Answer<unknown>>>()
  const inBackground = new Map<string, Promise<Answer<unknown>>>()
  const known = new Map<string, { at: number; answer: Answer<unknown> }>()

  function remember(key: string, answer: Answer<unknown>): void {
    known.delete(key)
    if (cacheMs <= 0 || !answer.ok) return
    known.set(key, { at: clock.now(), answer })
    // The oldest come first in a Map.
    for (const [old, { at }] of known) {
      if (known.size <= MOST_REMEMBERED && clock.now() - at < cacheMs) break
      known.delete(old)
    }
  }

  return {
    once<T>(key: string, ask: () => Promise<Answer<T>>, background = false) {
      const remembered = known.get(key)
      if (remembered !== undefined && clock.now() - remembered.at < cacheMs) {
        return Promise.resolve(remembered.answer as Answer<T>)
      }
      const asking = live.get(key) ?? (background ? inBackground.get(key) : undefined)
      if (asking !== undefined) return asking as Promise<Answer<T>>
      const underWay = background ? inBackground : live
      const answering = ask()
        .then(answer => {
          remember(key, answer)
          return answer
        })
        .finally(() => underWay.delete(key))
      underWay.set(key, answering)
      return answering
    },
  }
}
