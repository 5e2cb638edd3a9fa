import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Operations, Page, PageRequest, SourceHealth } from './api/operations.ts'
import { deadLetters } from './deliver/dead-letters.ts'
import { NOTHING_TRIED_YET, type Notification } from './deliver/notification.ts'
import { notificationId, TEST_INCIDENT } from './deliver/notification-id.ts'
import { TocsinError } from './errors.ts'
import type { Act } from './incidents/act.ts'
import type { Incident } from './incidents/incident.ts'
import type { Pipeline } from './pipeline/pipeline.ts'
import type { Clock } from './platform/clock.ts'
import { validateRules } from './rules/validate-rules.ts'
import type { Stores } from './stores.ts'

export interface OperationsDeps {
  stores: Stores
  pipeline: Pipeline
  clock: Clock
  healthOf(source: string): Promise<SourceHealth>
  readiness: Operations['readiness']
  metrics: Operations['metrics']
}

/** What REST is given: the service's own functions, over the stores and the pipeline. */
export function createOperations(deps: OperationsDeps): Operations {
  const { stores, pipeline, clock } = deps
  const known = async () => ({
    destinations: (await stores.destinations.list()).map(({ value }) => ({ id: value.id, kind: value.kind })),
  })

  async function sendTest(destination: string): Promise<Notification> {
    if ((await stores.destinations.read(destination)) === null)
      throw new TocsinError('NOT_FOUND', `there is no destination "${destination}"`)
    const now = clock.now()
    const test: Notification = {
      ...NOTHING_TRIED_YET,
      id: notificationId(TEST_INCIDENT, now, 0, destination, randomBytes(8).toString('hex')),
      incident: TEST_INCIDENT,
      generation: 1,
      seq: now,
      kind: 'test',
      destination,
      mention: null,
      step: 0,
      severity: 'P3',
      reason: 'a test sent by hand',
      owedAt: now,
      causedAt: now,
    }
    return owe(test)
  }

  function withHealth<T extends { id: string }>(found: { version: string; value: T }) {
    const { failures, failingSince: since, openedAt, probeAt, lastError } = stores.circuits.view(found.value.id)
    const failing = openedAt !== null
    return {
      ...found,
      value: { ...found.value, health: { failing, since, failures, lastError, nextProbeAt: probeAt } },
    }
  }

  /** Null: it is none any more. Its status is asked of the store, where one of many callers wins. */
  async function retryOne(found: Notification): Promise<Notification | { status: string }> {
    const mark = await stores.incidents.markDirty(found.incident)
    const retry = await stores.notifications.retry(found.incident, found.id, clock.now())
    if (!retry.retried) return { status: retry.status ?? 'gone' }
    await stores.notifications.index(retry.notification)
    pipeline.dispatchNow(found.incident, [retry.notification], mark)
    return retry.notification
  }

  /** Written down first, then sent: what is answered can be looked up. */
  async function owe(notification: Notification): Promise<Notification> {
    const mark = await stores.incidents.markDirty(notification.incident)
    await stores.notifications.put(notification)
    await stores.notifications.index(notification)
    pipeline.dispatchNow(notification.incident, [notification], mark)
    return notification
  }

  return {
    rules: {
      current: () => stores.rules.current(),
      revisions: page => stores.rules.revisions(page),
      revision: number => stores.rules.revision(number),
      publish: (document, expected, author, message) =>
        stores.rules.publish(document, expected, author, message, clock.now()),
      async validate(document) {
        const result = validateRules(document, await known())
        return 'problems' in result ? result.problems : []
      },
    },
    destinations: {
      list: async () => (await stores.destinations.list()).map(withHealth),
      async get(id) {
        const found = await stores.destinations.read(id)
        return found === null ? null : withHealth(found)
      },
      async put(destination, secret, expected) {
        const put = await stores.destinations.put(destination, secret, expected)
        // Whatever failed there before may have been mended by this.
        await stores.circuits.forget(destination.id)
        return put
      },
      async remove(id, expected) {
        await stores.destinations.remove(id, expected)
        await stores.circuits.forget(id)
      },
      test: sendTest,
    },
    sources: {
      async list() {
        const all = await stores.sources.list()
        return Promise.all(
          all.map(async item => ({ ...item, value: { ...item.value, health: await deps.healthOf(item.value.id) } })),
        )
      },
      async get(id) {
        const found = await stores.sources.read(id)
        return found === null ? null : { ...found, value: { ...found.value, health: await deps.healthOf(id) } }
      },
      put: (source, secret, expected) => stores.sources.put(source, secret, expected),
      remove: (id, expected) => stores.sources.remove(id, expected),
    },
    incidents: {
      list: (filter, page) =>
        pageOf(
          page,
          (offset, count) =>
            stores.incidents.recentIds(filter.status !== undefined && filter.status !== 'resolved', offset, count),
          async ids => {
            const found = await stores.incidents.readMany(ids)
            return found.filter(incident => matches(incident, filter))
          },
        ),
      get: id => stores.incidents.read(id),
      async timeline(id, page) {
        if ((await stores.incidents.read(id)) === null) return null
        const offset = offsetOf(page)
        const items = await stores.incidents.timeline(id, offset, page.limit + 1)
        return {
          items: items.slice(0, page.limit),
          next: items.length > page.limit ? cursorAt(offset + page.limit) : null,
        }
      },
      async notifications(id) {
        return (await stores.incidents.read(id)) === null ? null : stores.notifications.list(id)
      },
      async act(id, act, { actor, key }) {
        const name = actId(act, key)
        const by = { via: 'api' as const, at: null, id: ADMIN, name: actor ?? ADMIN }
        const outcome = await pipeline.actOn({ incident: id, act, actor: by, id: name, waitMs: WAIT_FOR_OTHERS_MS })
        if (outcome === null) return null
        const { repeated: _, ...answer } = outcome
        return answer
      },
    },
    deliveries: { get: async id => (await stores.deliveries.get(id))?.record ?? null },
    notifications: {
      list: (filter, page) =>
        pageOf(
          page,
          (offset, count) => stores.notifications.recent(filter.status === 'dead', offset, count),
          async ids => {
            const found = await Promise.all(ids.map(id => stores.notifications.find(id)))
            return found
              .filter(item => item !== null)
              .filter(
                item =>
                  (filter.status ?? item.status) === item.status &&
                  (filter.destination ?? item.destination) === item.destination,
              )
          },
        ),
      get: id => stores.notifications.find(id),
      async retry(id) {
        const found = await stores.notifications.find(id)
        if (found === null) throw new TocsinError('NOT_FOUND', `there is no notification "${id}"`)
        if (found.status !== 'dead') throw notDead(id, found.status)
        const retried = await retryOne(found)
        // Someone else was quicker: it is sent again already.
        if (!('id' in retried)) throw notDead(id, retried.status)
        return retried
      },
      async retryMany(filter, preview) {
        const { found, more } = await deadLetters(stores.notifications, filter)
        const byDestination: Record<string, number> = {}
        for (const { destination } of found) byDestination[destination] = (byDestination[destination] ?? 0) + 1
        const retried: Notification[] = []
        // Oldest first: within an incident and destination they leave in order anyway.
        for (const letter of preview ? [] : found.toReversed()) {
          const again = await retryOne(letter)
          if ('id' in again) retried.push(again)
        }
        const told = preview ? found : retried
        return {
          matched: found.length,
          retried: retried.length,
          more,
          byDestination,
          notifications: told.map(({ id }) => id),
        }
      },
    },
    backlog: {
      list: (filter, page) => stores.backlog.list(filter, page),
      get: id => stores.backlog.get(id),
      patch: (id, change, expected) => stores.backlog.patch(id, change, expected),
    },
    quarantine: { list: page => stores.quarantine.list(page), get: id => stores.quarantine.get(id) },
    readiness: deps.readiness,
    metrics: deps.metrics,
  }
}

/** Who holds the one API key there is. */
const ADMIN = 'admin'
/** A person waits for the answer: what could not be told by then is said to be owed. */
const WAIT_FOR_OTHERS_MS = 2_000

/** The same key with the same act is the same deciding, however long after. */
function actId(act: Act, key: string | null): string {
  if (key === null) return `api-${randomUUID()}`
  return `api-${createHash('sha256')
    .update(JSON.stringify([key, act]))
    .digest('hex')
    .slice(0, 32)}`
}

function notDead(id: string, status: string): TocsinError {
  return new TocsinError('CONFLICT', `notification "${id}" is ${status}: only a dead letter can be sent again`)
}

function matches(incident: Incident, filter: Parameters<Operations['incidents']['list']>[0]): boolean {
  return (
    (filter.status ?? incident.status) === incident.status &&
    (filter.severity ?? incident.severity) === incident.severity &&
    (filter.project ?? incident.project) === incident.project &&
    // A missing environment counts as production.
    (filter.environment === undefined || filter.environment === (incident.environment ?? 'production')) &&
    incident.updatedAt >= (filter.since ?? 0)
  )
}

const LOOK_AT = 200

/** Fills a page from an index, newest first, with what passes; the cursor is a place in the index. */
async function pageOf<T extends { id: string }>(
  page: PageRequest,
  ids: (offset: number, count: number) => Promise<string[]>,
  load: (ids: string[]) => Promise<T[]>,
): Promise<Page<T>> {
  const items: T[] = []
  for (let offset = offsetOf(page); ; offset += LOOK_AT) {
    const some = await ids(offset, LOOK_AT)
    const found = new Map((await load(some)).map(item => [item.id, item]))
    for (const [index, id] of some.entries()) {
      const item = found.get(id)
      if (item === undefined) continue
      if (items.length === page.limit) return { items, next: cursorAt(offset + index) }
      items.push(item)
    }
    if (some.length < LOOK_AT) return { items, next: null }
  }
}

function cursorAt(offset: number): string {
  return Buffer.from(`o${offset}`).toString('base64url')
}

function offsetOf({ cursor }: PageRequest): number {
  if (cursor === null) return 0
  const text = Buffer.from(cursor, 'base64url').toString()
  if (!/^o\d{1,9}$/.test(text))
    throw new TocsinError('INVALID_CURSOR', 'this cursor is none of ours: take `next` of the page before, unchanged')
  return Number(text.slice(1))
}
