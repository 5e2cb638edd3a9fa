import { signBody } from '../../src/sentry/signature.ts'
import { SECRETS, type World } from './world.ts'

export const INSTALLATION = '0c3f6d2e-5b1a-4f7c-9d38-6a1e2b7c4d90'

type Json = ReturnType<typeof JSON.parse>

/** A GET of one of Sentry's select fields: signed over an empty body. */
export async function optionsOf(
  world: World,
  path: string,
  query: Record<string, string> = {},
  secret = SECRETS.client,
): Promise<Json> {
  const search = new URLSearchParams({ installationId: INSTALLATION, ...query })
  const response = await fetch(`${world.url()}/webhooks/sentry/${path}?${search}`, {
    headers: { 'content-type': 'application/json', 'sentry-app-signature': signBody('', secret) },
  })
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

/** A POST of one of Sentry's forms, signed as Sentry signs it. */
export async function submit(
  world: World,
  path: string,
  payload: object,
  secret = SECRETS.client,
): Promise<{ status: number; body: Json }> {
  const body = JSON.stringify({ installationId: INSTALLATION, ...payload })
  const response = await fetch(`${world.url()}/webhooks/sentry/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sentry-app-signature': signBody(body, secret) },
    body,
  })
  return { status: response.status, body: await response.json() }
}

/** What `issue_link_requester.py` sends about an issue; ids are numbers. */
export function linkCall(issue: string, fields: object): object {
  return {
    fields,
    issueId: Number(issue),
    webUrl: `https://northwind.sentry.io/issues/${issue}/`,
    project: { slug: 'web-shop', id: 301 },
    actor: { type: 'user', id: 4711, name: 'Marta Lindqvist' },
  }
}
