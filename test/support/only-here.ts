import dns from 'node:dns'

/**
 * From now on no name but this machine's own is found: whatever the service is made to call by what it is sent, nobody
 * outside hears of it.
 */
export function onlyHere(): void {
  dns.lookup = ((name: string, options: unknown, done?: unknown) => {
    const answer = (done ?? options) as (error: Error | null, address?: unknown, family?: number) => void
    const all = typeof options === 'object' && options !== null && 'all' in options && options.all === true
    if (name !== 'localhost' && name !== '127.0.0.1')
      return process.nextTick(answer, Object.assign(new Error(`not here: ${name}`), { code: 'ENOTFOUND' }))
    process.nextTick(answer, null, all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4)
  }) as typeof dns.lookup
}
