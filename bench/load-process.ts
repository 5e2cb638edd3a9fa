import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { LoadResult, LoadTask } from './load.ts'

export interface LoadProcess {
  run(task: LoadTask): Promise<LoadResult>
  /** Resolves when the first request of the task under way has left: building and signing them takes a while. */
  started(): Promise<void>
  stop(): void
}

/** Starts the sender; it runs one task at a time. */
export function startLoad(): LoadProcess {
  const child = fork(join(import.meta.dirname, 'load.ts'))
  let started = Promise.withResolvers<void>()
  let ended = Promise.withResolvers<LoadResult>()
  child.on('message', message => {
    if (message === 'started') started.resolve()
    else ended.resolve(message as LoadResult)
  })
  child.on('exit', code => ended.reject(new Error(`the sender ended with ${code}`)))
  return {
    run(task) {
      started = Promise.withResolvers()
      ended = Promise.withResolvers()
      child.send(task)
      return ended.promise
    },
    started: () => started.promise,
    stop() {
      ended.promise.catch(() => {})
      child.kill()
    },
  }
}
