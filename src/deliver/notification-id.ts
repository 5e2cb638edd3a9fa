import { hash } from 'node:crypto'

/** Notifications sent by hand to try a destination belong to no incident; they are kept under this name. */
export const TEST_INCIDENT = 'test'

/**
 * The id of the notification that a change of an incident owes: the same change owes the same ids, so repeating is
 * harmless. It carries the incident's id: `n-<incident>-<hash>`.
 */
export function notificationId(incident: string, rev: number, step: number, destination: string, kind: string): string {
  const name = hash('sha256', `${incident}|${rev}|${step}|${destination}|${kind}`).slice(0, 12)
  return `n-${incident.replace(/^inc_/, '')}-${name}`
}

/** The incident a notification id belongs to; null when it is not one of ours. */
export function incidentOf(id: string): string | null {
  const found = /^n-([0-9a-f]{20}|test)-[0-9a-f]{12}$/.exec(id)
  if (found?.[1] === undefined) return null
  return found[1] === TEST_INCIDENT ? TEST_INCIDENT : `inc_${found[1]}`
}
