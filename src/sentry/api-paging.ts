/**
 * The cursor of the next page, from Sentry's `Link` header: `rel="next"` is always there, and `results="false"` says that
 * nothing comes after (sentry-api-schema, lib/sentry-pagination.ts). null: this was the last page. Its address is not
 * followed: it would take the token wherever it points.
 */
export function nextCursor(headers: Headers): string | null {
  for (const [, attributes = ''] of (headers.get('link') ?? '').matchAll(/<[^>]*>([^<]*)/g)) {
    const value = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1]
    if (value('rel') === 'next' && value('results') === 'true') return value('cursor') || null
  }
  return null
}
