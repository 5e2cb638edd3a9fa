import type { Incident } from './incident.ts'

/** How an incident stands, in what people decide about it: what the audit trail compares before and after. */
export function standing(incident: Incident) {
  const { status, severity, generation, owner, acknowledgedBy, resolvedInRelease, pinned, silenced } = incident
  const { workaround, muted, noise } = incident
  return {
    ...{ status, severity, generation, owner, acknowledgedBy, resolvedInRelease, pinned, silenced },
    ...{ workaround, muted, noise },
  }
}
