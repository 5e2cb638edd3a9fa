import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves when the condition holds; throws after `withinMs` (default 45 s, for a machine that has much else to do), naming the condition. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 45_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${condition}`)
    await sleep(40)
  }
}
