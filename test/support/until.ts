import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when the condition holds; throws after `withinMs` (default 15 s), naming the condition. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${condition}`)
    await sleep(40)
  }
}
