import { maskText } from '../signals/mask.ts'
import type { Person } from '../signals/signal.ts'

const TYPES = new Set<string>(['user', 'team', 'application'])

/** A person, team or application as Sentry names it; null when it names nobody. */
export function toPerson(
  payload: { type: string | null; id: string | null; name: string | null } | null,
): Person | null {
  if (payload === null || (payload.id === null && payload.name === null)) return null
  const type = payload.type?.toLowerCase() ?? ''
  return {
    type: TYPES.has(type) ? (type as Person['type']) : 'unknown',
    id: payload.id,
    // Sentry falls back to the e-mail address for members who never gave a name.
    name: payload.name === null ? null : maskText(payload.name),
  }
}

/** What was chosen in Sentry's alert screen, as a map; values that are no text are kept as JSON. */
export function toSettings(
  list: readonly { name: string | null; value?: unknown }[] | undefined,
): Record<string, string> {
  const named = (list ?? []).filter(
    setting => setting.name !== null && setting.value !== null && setting.value !== undefined,
  )
  return Object.fromEntries(
    named.map(({ name, value }) => [
      name ?? '',
      (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 2_000),
    ]),
  )
}
