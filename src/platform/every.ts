/** Runs something again and again; `stop` resolves when the run in hand has ended. */
export type Every = (ms: number, run: () => Promise<void>) => { stop(): Promise<void> }

/** Runs at once and then again `ms` after each run has ended: never two at a time. */
export const every: Every = (ms, run) => {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let wake: (() => void) | undefined
  async function loop(): Promise<void> {
    while (!stopped) {
      await run()
      if (stopped) return
      await new Promise<void>(resolve => {
        wake = resolve
        timer = setTimeout(resolve, ms)
      })
    }
  }
  const running = loop()
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      wake?.()
      await running
    },
  }
}
