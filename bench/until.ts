import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when the condition holds; false when it did not within `withinMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  everyMs = 20,
): Promise<boolean> {
  const end = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > end) return false
    await sleep(everyMs)
  }
  return true
}
