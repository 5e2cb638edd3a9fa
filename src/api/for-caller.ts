import type { Caller } from '../access/caller.ts'
import { TocsinError } from '../errors.ts'
import type { Incident } from '../incidents/incident.ts'
import { isBoundWithin } from '../mute/silence.ts'
import type { Operations } from './operations.ts'

/**
 * The operations as that caller may have them: a key bound to projects sees and acts on incidents of these, and on what
 * belongs to such an incident. Everything else is not there (404), so that nobody learns what there is. What is not
 * narrowed here is refused before (Definition.scoped).
 */
export function forCaller(operations: Operations, { projects }: Caller): Operations {
  if (projects === null) return operations
  const { incidents, notifications, backlog, deliveries, silences } = operations
  const mine = (project: string | null) => project !== null && projects.includes(project)

  async function visible(id: string): Promise<Incident | null> {
    const incident = await incidents.get(id)
    return incident !== null && mine(incident.project) ? incident : null
  }

  /** Without what it tells of incidents of other projects: members of a storm, who speaks for it, what it is linked with. */
  async function narrowed(incident: Incident): Promise<Incident> {
    const { suspects, linked, quiet } = incident
    const named = [...new Set([...suspects.map(one => one.incident), ...linked, ...(quiet ? [quiet.speaker] : [])])]
    const found = named.length === 0 ? [] : await incidents.readMany(named)
    const known = new Set([incident.id, ...found.filter(({ project }) => mine(project)).map(({ id }) => id)])
    const hiddenSpeaker = quiet !== null && !known.has(quiet.speaker)
    return {
      ...incident,
      suspects: suspects.filter(one => known.has(one.incident)),
      linked: linked.filter(id => known.has(id)),
      quiet: hiddenSpeaker
        ? { ...quiet, speaker: ELSEWHERE, reason: 'an incident of another project speaks for it' }
        : quiet,
    }
  }

  /** Reasons may say which incident speaks for this one. */
  async function unnamed<T extends { reason: string }>(entries: readonly T[]): Promise<T[]> {
    const named = [...new Set(entries.flatMap(({ reason }) => reason.match(INCIDENT_ID) ?? []))]
    if (named.length === 0) return [...entries]
    const found = await incidents.readMany(named)
    const known = new Set(found.filter(({ project }) => mine(project)).map(({ id }) => id))
    const hide = (id: string) => (known.has(id) ? id : 'an incident of another project')
    return entries.map(entry => ({ ...entry, reason: entry.reason.replaceAll(INCIDENT_ID, hide) }))
  }

  async function oneUnnamed<T extends { reason: string }>(entry: T): Promise<T> {
    const [told = entry] = await unnamed([entry])
    return told
  }

  async function notification(id: string) {
    const found = await notifications.get(id)
    return found !== null && (await visible(found.incident)) !== null ? oneUnnamed(found) : null
  }

  return {
    ...operations,
    incidents: {
      ...incidents,
      async list(filter, page) {
        const { items, next } = await incidents.list({ ...filter, projects }, page)
        return { items: await Promise.all(items.map(narrowed)), next }
      },
      async get(id) {
        const found = await visible(id)
        return found === null ? null : narrowed(found)
      },
      async timeline(id, page, what) {
        if ((await visible(id)) === null) return null
        const found = await incidents.timeline(id, page, what)
        return found === null ? null : { ...found, items: await unnamed(found.items) }
      },
      async notifications(id) {
        const found = (await visible(id)) === null ? null : await incidents.notifications(id)
        return found === null ? null : unnamed(found)
      },
      async act(id, act, by) {
        if ((await visible(id)) === null) return null
        const answer = await incidents.act(id, act, by)
        return answer === null ? null : oneUnnamed({ ...answer, incident: await narrowed(answer.incident) })
      },
      readMany: async ids => (await incidents.readMany(ids)).filter(({ project }) => mine(project)),
    },
    deliveries: {
      async get(id) {
        const record = await deliveries.get(id)
        const incident = record?.incident ?? null
        return record !== null && incident !== null && (await visible(incident)) !== null ? oneUnnamed(record) : null
      },
    },
    notifications: {
      ...notifications,
      async list(filter, page) {
        const { items, next } = await notifications.list({ ...filter, projects }, page)
        return { items: await unnamed(items), next }
      },
      get: notification,
      async retry(id) {
        if ((await notification(id)) === null) throw new TocsinError('NOT_FOUND', `there is no notification "${id}"`)
        return oneUnnamed(await notifications.retry(id))
      },
    },
    silences: {
      ...silences,
      async list(filter, page) {
        if (filter.incident !== undefined && (await visible(filter.incident)) === null) return { items: [], next: null }
        return silences.list({ ...filter, projects }, page)
      },
      async get(id) {
        const found = await silences.get(id)
        return found !== null && isBoundWithin(found, projects) ? found : null
      },
    },
    backlog: {
      list: (filter, page) => backlog.list({ ...filter, projects }, page),
      async get(id) {
        const found = await backlog.get(id)
        return found !== null && mine(found.value.project) ? found : null
      },
      async patch(id, change, expected) {
        const found = await backlog.get(id)
        if (found === null || !mine(found.value.project)) {
          throw new TocsinError('NOT_FOUND', `there is no backlog entry ${id}`)
        }
        return backlog.patch(id, change, expected)
      },
    },
  }
}

const ELSEWHERE = 'elsewhere'
const INCIDENT_ID = /inc_[0-9a-f]{20}/g
