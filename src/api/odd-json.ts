/** Rules within rules within rules: nothing that anybody means is deeper, and what walks through it must come back. */
const MOST_LEVELS = 200

/**
 * What is wrong with a parsed document that JSON itself allows: nesting without measure, and half a surrogate pair,
 * which is no text (RFC 7493 section 2.1) and cannot be sent on; null: nothing. Never throws.
 */
export function oddity(document: unknown): string | null {
  let level: unknown[] = [document]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) return `it is nested deeper than ${MOST_LEVELS} levels`
    const next: unknown[] = []
    for (const value of level) {
      if (typeof value === 'string') {
        if (!value.isWellFormed()) return 'it holds half a surrogate pair (\\ud800 to \\udfff), which is no text'
      } else if (typeof value === 'object' && value !== null) {
        if (Array.isArray(value)) for (const inner of value) next.push(inner)
        else for (const [name, inner] of Object.entries(value)) next.push(name, inner)
      }
    }
    level = next
  }
  return null
}
