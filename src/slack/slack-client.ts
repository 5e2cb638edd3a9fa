import { type Logger, type LogLevel, WebClient } from '@slack/web-api'
import { fingerprint } from '../deliver/fingerprint.ts'

export interface SlackClients {
  /** The client of that token at that address: one each, so that their connections are kept. */
  of(token: string, url: string): WebClient
  close(): void
}

/**
 * Clients that make exactly one bounded request per call: our outbox does the retrying. Left alone the library never
 * times out, tries 10 times over half an hour (posting again each time) and sleeps through a 429 with its whole queue.
 */
export function createSlackClients(options: { timeoutMs: number }): SlackClients {
  const clients = new Map<string, WebClient>()
  return {
    of(token, url) {
      const key = `${fingerprint(token)} ${url}`
      const known = clients.get(key)
      if (known !== undefined) return known
      const client = new WebClient(token, {
        slackApiUrl: url,
        timeout: options.timeoutMs,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        allowAbsoluteUrls: false,
        // A shared object would be given the first client's token, and the second client would send it.
        headers: {},
        logger: silentLogger(),
      })
      clients.set(key, client)
      return client
    },
    close() {
      clients.clear()
    },
  }
}

/** The library's own logger prints message texts to the console; what matters is in the result. */
function silentLogger(): Logger {
  const nothing = () => {}
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    setLevel: nothing,
    getLevel: () => 'error' as LogLevel,
    setName: nothing,
  }
}
