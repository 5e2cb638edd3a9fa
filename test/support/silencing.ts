import type { World } from './world.ts'

/** Whatever REST answered. */
type Body = Awaited<ReturnType<World['api']>>['body']

export const WEB_SHOP = { field: 'project', op: '=', value: 'web-shop' }

/** Silences the web shop for so long, over REST; throws when it is refused. */
export async function silence(world: World, body: object = {}): Promise<Body> {
  const asked = { matchers: WEB_SHOP, duration: 'PT2H', reason: 'the provider repairs it', confirm: true, ...body }
  const made = await world.api('POST', '/silences', asked, { 'x-actor': 'Ada' })
  if (made.status !== 201) throw new Error(`${made.status} ${JSON.stringify(made.body)}`)
  return made.body
}

/** Publishes the rules with these members; throws when they are refused. */
export async function editRules(world: World, members: object): Promise<void> {
  const { headers, body } = await world.api('GET', '/rules')
  const document = { ...body.document, ...members }
  const put = await world.api('PUT', '/rules', document, { 'if-match': headers.get('etag') ?? '' })
  if (put.status !== 200) throw new Error(JSON.stringify(put.body))
}

/** Lines of its timeline of that kind. */
export async function said(world: World, id: string, what: string): Promise<string[]> {
  return (await world.timeline(id)).filter(line => line.what === what).map(({ reason }) => reason)
}
