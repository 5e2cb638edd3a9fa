import type { World } from './world.ts'

interface Answered {
  status: number
  etag: string
  /** Whatever the service answered; what a test does not find in it, it says. */
  body: ReturnType<typeof JSON.parse>
}

export type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answered>

/** So many people with a key of their own each, so that nobody waits for another's rate limit. */
export async function startEditors(world: World, count: number): Promise<Ask[]> {
  const editors: Ask[] = []
  for (let n = 0; n < count; n += 1) {
    const made = await world.api('POST', '/api-keys', { name: `editor ${n}`, role: 'editor' })
    if (made.status !== 201) throw new Error(`no key for editor ${n}: ${made.status} ${JSON.stringify(made.body)}`)
    const authorization = `Bearer ${made.body.key}`
    editors.push(async (method, path, body, headers = {}) => {
      const { status, headers: got, body: answer } = await world.api(method, path, body, { authorization, ...headers })
      return { status, etag: got.get('etag') ?? '', body: answer }
    })
  }
  return editors
}

/** Again for as long as somebody else was first (412); throws for any other refusal. */
export async function mayTryAgain(work: () => Promise<Answered>): Promise<Answered> {
  for (;;) {
    const answered = await work()
    if (answered.status < 300) return answered
    if (answered.status !== 412) throw new Error(`${answered.status} ${JSON.stringify(answered.body)}`)
  }
}
