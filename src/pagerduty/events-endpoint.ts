import { secureUrlSchema } from '../deliver/secure-url.ts'

/** Where events go: pdjs makes `https://<server>/v2/enqueue` of it, so TLS is ours to choose only on loopback. */
export type EventsEndpoint = { ok: true; server: string; tls: boolean } | { ok: false; message: string }

/** Reads a destination's URL. Plain http would show the routing key to the network: refused except on loopback. */
export function eventsEndpoint(url: string): EventsEndpoint {
  const secure = secureUrlSchema.safeParse(url)
  if (!secure.success)
    return {
      ok: false,
      message: `the PagerDuty url must be ${secure.error.issues.map(issue => issue.message).join('; ')}`,
    }
  const parsed = new URL(url)
  const tls = parsed.protocol === 'https:'
  const port = parsed.port === '' ? (tls ? '443' : '80') : parsed.port
  // People paste the whole address from the documentation; pdjs adds the path again.
  const path = parsed.pathname.replace(/\/v2\/enqueue\/?$/, '').replace(/\/+$/, '')
  return { ok: true, server: `${parsed.hostname}:${port}${path}`, tls }
}
