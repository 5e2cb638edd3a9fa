import { z } from 'zod'

/** True for addresses that never leave this machine. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/**
 * An address that secrets are sent to: https, or plain http on loopback (stand-ins, sidecars). It names no user and
 * no password: addresses are shown to everyone who may read the configuration.
 */
export const secureUrlSchema = z.url('a whole URL such as "https://events.pagerduty.com"').refine(
  address => {
    if (!URL.canParse(address)) return false
    const url = new URL(address)
    const safe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
    return safe && url.username === '' && url.password === ''
  },
  { error: 'https, or http on loopback (127.0.0.1, localhost), and without user or password in it' },
)
