import type { Incident } from '../incidents/incident.ts'

/** What of the last 30 days a silence would have hidden. */
export interface Breadth {
  /** Matched, of all that changed in that time. */
  incidents: { matched: number; of: number }
  projects: { matched: number; of: number; names: string[] }
  /** Matched P0 incidents. */
  p0: number
  /** Pages and posts about what matched. */
  pages: number
  posts: number
  /** Open now: silenced at once. */
  open: number
  /** The newest that matched. */
  sample: Pick<Incident, 'id' | 'title' | 'severity' | 'status' | 'project' | 'openedAt'>[]
  /** False: there were more than were looked at, and only the newest count. */
  complete: boolean
}
