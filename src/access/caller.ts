/** Who asks for something, and how much they may. */

/** Each may what the ones before it may. */
export const ROLES = ['viewer', 'responder', 'editor', 'admin'] as const
export type Role = (typeof ROLES)[number]

export interface Caller {
  /** Stable: the id of the API key, or who the identity provider says it is. Never the key itself. */
  id: string
  /** For people; in revisions, timelines and the audit trail. */
  name: string
  role: Role
  /** Sentry projects they may see and act on; null: all. */
  projects: readonly string[] | null
  /** `environment`: the key in ADMIN_API_KEY. */
  via: 'environment' | 'key' | 'oidc'
  /** Address it was asked from. */
  address: string
  /** Of the HTTP request: what log lines and the audit trail have in common. */
  request: string
}

/** May that role do what asks for at least `needed`? */
export function mayDo(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}
