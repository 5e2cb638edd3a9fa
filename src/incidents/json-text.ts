/**
 * JSON that every reader takes. Half a surrogate pair, as a text cut by length may end in, becomes U+FFFD: the decoder in
 * Redis' scripts (cjson) refuses it, and one such text would hold up all notifications of its incident.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? inner.toWellFormed() : inner))
}
