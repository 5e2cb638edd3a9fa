import type { World } from './world.ts'

interface Answered {
  status: number
  etag: string
  /** Whatever the service answered; what a test does not find in it, it says. */
  body: ReturnType<typeof JSON.parse>
}

export type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answered>

/**
 * So many people with a key of their own each, so that nobody waits for another's rate limit. `elsewhere`: address of
 * another process, which every other one of them asks.
 */
export async function startEditors(world: World, count: number, elsewhere: string | null = null): Promise<Ask[]> {
  const editors: Ask[] = []
  for (let n = 0; n < count; n += 1) {
    const made = await world.api('POST', '/api-keys', { name: `editor ${n}`, role: 'editor' })
    if (made.status !== 201) throw new Error(`no key for editor ${n}: ${made.status} ${JSON.stringify(made.body)}`)
    const authorization = `Bearer ${made.body.key}`
    editors.push(async (method, path, body, headers = {}) => {
      const sent = { authorization, ...headers }
      const {
        status,
        headers: got,
        body: answer,
      } = elsewhere !== null && n % 2 === 1
        ? await askAt(elsewhere, method, path, body, sent)
        : await world.api(method, path, body, sent)
      return { status, etag: got.get('etag') ?? '', body: answer }
    })
  }
  return editors
}

async function askAt(url: string, method: string, path: string, body: unknown, headers: Record<string, string>) {
  const given = body === undefined ? {} : { body: JSON.stringify(body) }
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(`${url}/api/v1${path}`, { method, headers: { ...headers, ...type }, ...given })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}

/** Again for as long as somebody else was first (412); throws for any other refusal. */
export async function mayTryAgain(work: () => Promise<Answered>): Promise<Answered> {
  for (;;) {
    const answered = await work()
    if (answered.status < 300) return answered
    if (answered.status !== 412) throw new Error(`${answered.status} ${JSON.stringify(answered.body)}`)
  }
}
