import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createApiKeys } from './access/api-keys.ts'
import { createReadAudit } from './access/read-audit.ts'
import type { Operations, Page, PageRequest, SourceHealth } from './api/operations.ts'
import { deadLetters } from './deliver/dead-letters.ts'
import { lastTests } from './deliver/last-tests.ts'
import { NOTHING_TRIED_YET, type Notification } from './deliver/notification.ts'
import { notificationId, TEST_INCIDENT } from './deliver/notification-id.ts'
import { TocsinError } from './errors.ts'
import type { Act } from './incidents/act.ts'
import type { Incident, TimelineEntry } from './incidents/incident.ts'
import { createKnownProjects } from './known-projects.ts'
import type { Pipeline } from './pipeline/pipeline.ts'
import type { Clock } from './platform/clock.ts'
import { prepareIndex } from './route/route-index.ts'
import type { RulesApart } from './rules/rules-apart.ts'
import { namedProjects } from './rules/warn-unknown-projects.ts'
import { findWarnings } from './rules/warnings.ts'
import type { Parsed } from './sentry/parse-delivery.ts'
import type { Delivery } from './signals/delivery.ts'
import { createSilenceOperations } from './silence-operations.ts'
import type { Stores } from './stores.ts'
import { createWhatIf } from './what-if.ts'

export interface OperationsDeps {
  stores: Stores
  pipeline: Pipeline
  clock: Clock
  healthOf(source: string): Promise<SourceHealth>
  /** Reads a payload as the door's worker would, and remembers nothing of it. */
  parse(delivery: Delivery): Parsed
  /** Where documents are checked. */
  checking: RulesApart
  readiness: Operations['readiness']
  metrics: Operations['metrics']
}

/** What REST is given: the service's own functions, over the stores and the pipeline. */
export function createOperations(deps: OperationsDeps): Operations {
  const { stores, pipeline, clock, checking } = deps
  const knownProjects = createKnownProjects({ ...stores, clock })
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

  /** Those about incidents of these projects; undefined: all. */
  async function ofProjects(all: Notification[], projects: readonly string[] | undefined): Promise<Notification[]> {
    if (projects === undefined) return all
    const incidents = await stores.incidents.readMany([...new Set(all.map(({ incident }) => incident))])
    const mine = incidents.filter(({ project }) => project !== null && projects.includes(project))
    const ids = new Set(mine.map(({ id }) => id))
    return all.filter(({ incident }) => ids.has(incident))
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
      revisions: (page, filter) => stores.rules.revisions(page, filter),
      revision: number => stores.rules.revision(number),
      async publish(document, expected, author, message) {
        // Ready before it is in force: no alert waits for it.
        await prepareIndex(document.routes)
        return stores.rules.publish(document, expected, author, message, clock.now())
      },
      async warnings(document, instead, all = false, asker = '') {
        await checking.look(document.routes, asker)
        const [destinations, tests, projects] = await Promise.all([
          instead ?? stores.destinations.list().then(all => all.map(({ value }) => value)),
          stores.notifications.list(TEST_INCIDENT),
          knownProjects(namedProjects(document)),
        ])
        const surroundings = {
          destinations: destinations.map(({ id, kind, fallback }) => ({ id, kind, fallback })),
          tests: lastTests(tests),
          projects,
        }
        return findWarnings(document, surroundings, all ? Number.POSITIVE_INFINITY : undefined)
      },
      async validate(document, instead, asker) {
        return checking.validate(document, instead === undefined ? await known() : { destinations: instead }, asker)
      },
    },
    drafts: {
      list: () => stores.drafts.list(),
      get: id => stores.drafts.read(id),
      async create(draft) {
        const now = clock.now()
        const id = `d-${randomBytes(8).toString('hex')}`
        return stores.drafts.put({ ...draft, id, createdAt: now, updatedAt: now, updatedBy: draft.author }, null)
      },
      save: (draft, by, expected) => stores.drafts.put({ ...draft, updatedAt: clock.now(), updatedBy: by }, expected),
      remove: (id, expected) => stores.drafts.remove(id, expected),
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
        return withHealth(put)
      },
      secretIs: (id, secret) => stores.destinations.secretIs(id, secret),
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
      async put(source, secret, expected) {
        const put = await stores.sources.put(source, secret, expected)
        return { ...put, value: { ...put.value, health: await deps.healthOf(source.id) } }
      },
      secretIs: (id, secret) => stores.sources.secretIs(id, secret),
      remove: (id, expected) => stores.sources.remove(id, expected),
    },
    incidents: {
      list: (filter, page) =>
        pageOf(
          page,
          (offset, count) => {
            const open = filter.status !== undefined && filter.status !== 'resolved'
            return stores.incidents.recentIds(open, offset, count, page.oldestFirst)
          },
          async ids => {
            const found = await stores.incidents.readMany(ids)
            return found.filter(incident => matches(incident, filter))
          },
        ),
      get: id => stores.incidents.read(id),
      async timeline(id, page, what) {
        if ((await stores.incidents.read(id)) === null) return null
        return timelinePage(await stores.incidents.timeline(id, 0, LONGEST_TIMELINE), page, what)
      },
      async notifications(id) {
        return (await stores.incidents.read(id)) === null ? null : stores.notifications.list(id)
      },
      readMany: ids => stores.incidents.readMany([...ids]),
      async act(id, act, { actor, key, caller }) {
        const name = actId(act, key, caller.id)
        const by = { via: 'api' as const, at: null, id: caller.id, name: actor ?? caller.name }
        return pipeline.actOn({ incident: id, act, actor: by, id: name, waitMs: WAIT_FOR_OTHERS_MS })
      },
    },
    deliveries: { get: async id => (await stores.deliveries.get(id))?.record ?? null },
    notifications: {
      list: (filter, page) =>
        pageOf(
          page,
          (offset, count) => stores.notifications.recent(filter.status === 'dead', offset, count, page.oldestFirst),
          async ids => {
            const found = await Promise.all(ids.map(id => stores.notifications.find(id)))
            const known = found.filter(item => item !== null)
            return (await ofProjects(known, filter.projects)).filter(
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
    silences: createSilenceOperations({ stores, pipeline, clock }),
    backlog: {
      list: (filter, page) => stores.backlog.list(filter, page),
      get: id => stores.backlog.get(id),
      patch: (id, change, expected) => stores.backlog.patch(id, change, expected),
    },
    quarantine: { list: (page, filter) => stores.quarantine.list(page, filter), get: id => stores.quarantine.get(id) },
    whatIf: createWhatIf(deps),
    apiKeys: createApiKeys({ store: stores.apiKeys, clock }),
    audit: createReadAudit(stores.audit),
    readiness: deps.readiness,
    metrics: deps.metrics,
  }
}

/** A person waits for the answer: what could not be told by then is said to be owed. */
const WAIT_FOR_OTHERS_MS = 2_000

/** The same key with the same act by the same caller is the same deciding, however long after. */
function actId(act: Act, key: string | null, caller: string): string {
  if (key === null) return `api-${randomUUID()}`
  return `api-${createHash('sha256')
    .update(JSON.stringify([caller, key, act]))
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
    (filter.projects === undefined || (incident.project !== null && filter.projects.includes(incident.project))) &&
    // A missing environment counts as production.
    (filter.environment === undefined || filter.environment === (incident.environment ?? 'production')) &&
    incident.updatedAt >= (filter.since ?? 0)
  )
}

const LOOK_AT = 200

/** Fills a page from an index with what passes; the cursor is a place in the index. */
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

/** More than Redis holds of one incident in the time it is kept. */
const LONGEST_TIMELINE = 1_000_000

/** It only grows: a place counted from its beginning stays, whichever way it is read. */
function timelinePage(
  all: TimelineEntry[],
  page: PageRequest,
  what: TimelineEntry['what'] | undefined,
): Page<TimelineEntry> {
  const newestFirst = page.oldestFirst === false
  const step = newestFirst ? -1 : 1
  const items: TimelineEntry[] = []
  const begin = page.cursor === null && newestFirst ? all.length - 1 : offsetOf(page)
  for (let at = begin; at >= 0; at += step) {
    const entry = all[at]
    if (entry === undefined) break
    if (entry.what !== (what ?? entry.what)) continue
    if (items.length === page.limit) return { items, next: cursorAt(at) }
    items.push(entry)
  }
  return { items, next: null }
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
