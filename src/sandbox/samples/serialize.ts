declare global {
  interface JSON {
    /** ES2026; not in TypeScript's library yet. */
    rawJSON(text: string): object
  }
}

/** A number that Python writes as a float: `60` goes out as `60.0`, which no JavaScript serializer would keep. */
export function float(value: number): object {
  return JSON.rawJSON(Number.isInteger(value) ? `${value}.0` : String(value))
}

/**
 * The bytes Sentry would send: compact, and ASCII only, everything else as \uXXXX (Sentry's source: utils/json.py).
 * Text stays as it is: signed garbage.
 */
export function serialize(payload: unknown): string {
  if (typeof payload === 'string') return payload
  return JSON.stringify(payload).replace(
    /[^ -~]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
