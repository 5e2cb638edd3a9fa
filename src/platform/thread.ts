import { type MessagePort, Worker, type WorkerOptions } from 'node:worker_threads'

/** A thread of its own, talked with in turns. */
export interface Thread {
  tell(message: unknown): void
  /** What it says next. Rejects when it failed or has ended. For one caller at a time. */
  hear(): Promise<unknown>
  /** While it is not wanted, it does not keep the process. */
  wanted(is: boolean): void
  end(): Promise<void>
}

/** Starts `file` in a thread. What it throws, and its end, are told to whoever hears it. */
export function openThread(file: URL, options: WorkerOptions): Thread {
  const worker = new Worker(file, options)
  const inbox = createInbox()
  worker.on('message', inbox.put)
  worker.on('messageerror', inbox.fail)
  worker.on('error', inbox.fail)
  worker.on('exit', code => inbox.fail(new Error(`the thread has ended (${code})`)))
  return {
    tell: message => worker.postMessage(message),
    hear: inbox.next,
    wanted(is) {
      if (is) worker.ref()
      else worker.unref()
    },
    async end() {
      await worker.terminate()
    },
  }
}

/** The same seen from within the thread. */
export function talkWith(port: MessagePort | null): Pick<Thread, 'tell' | 'hear'> {
  if (port === null) throw new Error('this is run in a thread of its own')
  const inbox = createInbox()
  port.on('message', inbox.put)
  port.on('messageerror', inbox.fail)
  return { tell: message => port.postMessage(message), hear: inbox.next }
}

function createInbox() {
  const messages: unknown[] = []
  let waiting: PromiseWithResolvers<unknown> | null = null
  let failure: Error | null = null
  return {
    put(message: unknown): void {
      if (waiting === null) messages.push(message)
      else waiting.resolve(message)
      waiting = null
    },
    fail(error: Error): void {
      failure ??= error
      waiting?.reject(failure)
      waiting = null
    },
    async next(): Promise<unknown> {
      if (messages.length > 0) return messages.shift()
      if (failure !== null) throw failure
      waiting = Promise.withResolvers()
      return waiting.promise
    },
  }
}
