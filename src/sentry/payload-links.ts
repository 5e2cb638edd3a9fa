import { toLink } from './payload-fields.ts'

/** What Sentry's own URLs tell that its payloads do not: slugs, and where a page is. */

const API_PROJECT = /\/api\/0\/projects\/([^/?#]+)\/([^/?#]+)\//
const ORGANIZATION = /\/organizations\/([^/?#]+)\//
/** Hosts below sentry.io that are regions or pages of Sentry's own, not customers. */
const NOT_CUSTOMERS = new Set(['us', 'us2', 'de', 'eu', 'www', 'docs', 'app'])

/** Project slug from an event's API url: `/api/0/projects/{org}/{project}/events/{id}/`; the payload has only the numeric id. */
export function projectSlug(apiUrl: string | null): string | null {
  return API_PROJECT.exec(apiUrl ?? '')?.[2] ?? null
}

/** Organization slug from any of the urls, first that says it. Customer domains drop the organizations part. */
export function organizationSlug(...urls: (string | null)[]): string | null {
  for (const url of urls) {
    const path = API_PROJECT.exec(url ?? '') ?? ORGANIZATION.exec(url ?? '')
    if (path?.[1] !== undefined) return path[1]
    const customer = /^https?:\/\/([a-z0-9-]+)\.sentry\.io(?:[/:?#]|$)/i.exec(url ?? '')?.[1]
    if (customer !== undefined && !NOT_CUSTOMERS.has(customer.toLowerCase())) return customer
  }
  return null
}

/** The issue's page, from the page of one of its events. */
export function issueLink(eventLink: string | null): string | null {
  const page = /^(https?:\/\/[^?#]+\/issues\/[^/?#]+\/)/i.exec(eventLink ?? '')?.[1]
  return page ?? null
}

/** The replay's page, on the site and in the organization that `webUrl` shows. */
export function replayLink(webUrl: string | null, organization: string | null, replay: string | null): string | null {
  if (replay === null || !/^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(replay)) return null
  const site = /^https?:\/\/[^/?#]+/i.exec(webUrl ?? '')?.[0]
  if (site === undefined) return null
  const inPath = ORGANIZATION.test(webUrl ?? '') || !/\/\/[^/]+\.sentry\.io$/i.test(site)
  const base = inPath && organization !== null ? `${site}/organizations/${organization}` : site
  return toLink(`${base}/replays/${replay.replaceAll('-', '')}/`)
}
