import t, { type Test } from 'tap'
import type { Incident } from '../../src/incidents/incident.ts'
import { eventAlert, eventPayload } from '../../src/sandbox/samples/event-payload.ts'
import { type SentryStandIn, startSentryStandIn } from '../../src/sandbox/sentry-stand-in.ts'
import type { Fault } from '../../src/sandbox/stand-in-fault.ts'
import { until } from '../support/until.ts'
import { startWorld, type World } from '../support/world.ts'

const MINUTE = 60_000
const SCOPES = /org:read, project:read, event:write/

interface Seen {
  fault: Fault
  /** In the incident's title, in /readyz and in the source's own health. */
  says: RegExp
  severity: 'P1' | 'P2'
  condition: 'sentry-token-refused' | 'sentry-api-failing'
}

const failing = (fault: Fault, says: RegExp): Seen => ({ fault, says, severity: 'P2', condition: 'sentry-api-failing' })
const refused = (status: number, says: RegExp): Seen => ({
  fault: { kind: 'status', status },
  says,
  severity: 'P1',
  condition: 'sentry-token-refused',
})

/** One source for each, all failing at once: what is one source's trouble is no other's. */
const FAILURES: Record<string, Seen> = {
  unknown: refused(401, /does not know the API token of source "unknown".*scopes org:read, project:read, event:write/),
  forbidden: refused(403, /may not read this: give its integration the scopes org:read, project:read, event:write/),
  limited: failing({ kind: 'status', status: 429 }, /rate limit is used up/),
  broken: failing({ kind: 'status', status: 500 }, /Sentry is in trouble.*\(500/),
  hanging: failing({ kind: 'hang' }, /did not answer within/),
  truncated: failing({ kind: 'truncated' }, /answer broke off/),
  html: failing({ kind: 'html' }, /not Sentry's API \(no JSON\): check the url of source "html" and any proxy/),
}
/** That one issue is gone is no failure: only what polling asks of the organization as a whole tells. */
const NOWHERE = failing({ kind: 'status', status: 404 }, /check its organization slug, its projects and its url/)

async function addSource(t: Test, world: World, id: string, fault: Fault): Promise<SentryStandIn> {
  const sentry = await startSentryStandIn({ clock: world.clock })
  t.teardown(sentry.close)
  sentry.fail(fault)
  const secret = { clientSecrets: [`a-client-secret-of-${id}`], apiToken: 'sntrys_any' }
  const source = { id, name: id, url: sentry.url, organization: 'acme', projects: [], secret }
  t.equal((await world.api('POST', '/sources', source)).status, 201)
  return sentry
}

/** An alert makes questions be asked at once. */
async function alert(world: World, id: string): Promise<void> {
  const event = eventPayload({ now: world.clock.now(), issue: '1', project: 'web-shop', transaction: '/feed' })
  const how = { source: id, secret: `a-client-secret-of-${id}` }
  await world.send('event_alert', eventAlert(event, 'Errors'), how)
}

/** Incidents about sources themselves, by source. */
async function aboutSources(world: World): Promise<Map<string, Incident[]>> {
  return Map.groupBy(
    (await world.incidents()).filter(({ kind }) => kind === 'source'),
    ({ source }) => source,
  )
}

async function isSeen(t: Test, world: World, id: string, { says, severity, condition }: Seen): Promise<void> {
  const incidents = (await aboutSources(world)).get(id) ?? []
  t.equal(incidents.length, 1, `${id}: one incident`)
  t.match(incidents[0], { title: says, severity, status: 'triggered' }, id)
  t.match(Object.keys(incidents[0]?.causes ?? {}), [`source:${condition}`])
  if (condition === 'sentry-token-refused') t.match(incidents[0]?.title, SCOPES)
  const { checks } = JSON.parse(await (await fetch(`${world.url()}/readyz`)).text())
  const check = checks.find(({ name }: { name: string }) => name === `source ${id} api`)
  t.match(check, { ok: false, reason: says })
  const { health } = (await world.api('GET', `/sources/${id}`)).body
  t.match(health.api.lastError, says)
  t.ok(health.api.errorRate > 0, `${id}: the error rate is told`)
}

t.test('every failure is an incident about its source, told in words in all places, and ends with it', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const ids = Object.keys(FAILURES)
  const sentries = await Promise.all(ids.map(id => addSource(t, world, id, FAILURES[id]?.fault ?? { kind: 'hang' })))
  await Promise.all(ids.map(id => alert(world, id)))
  // A single bad second is none: it has to last.
  await until(async () => {
    world.clock.wind(2_000)
    return (await aboutSources(world)).size === ids.length
  })
  for (const [id, seen] of Object.entries(FAILURES)) await isSeen(t, world, id, seen)
  const metrics = await (await fetch(`${world.url()}/metrics`)).text()
  t.match(metrics, /tocsin_sentry_api_error_ratio\{source="broken"\} [01]/)

  for (const sentry of sentries) sentry.heal()
  await until(async () => {
    world.clock.wind(MINUTE / 2)
    await Promise.all(ids.map(id => alert(world, id)))
    const all = [...(await aboutSources(world)).values()].flat()
    return all.every(({ status }) => status === 'resolved')
  })
  const well = (await world.api('GET', '/sources/broken')).body.health.api
  t.match(well, { lastError: null, breaker: 'closed' })
})

t.test('an organization that does not exist is seen by polling', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  const sentry = await addSource(t, world, 'nowhere', NOWHERE.fault)
  await until(async () => {
    await world.wind(MINUTE / 2)
    return (await aboutSources(world)).has('nowhere')
  })
  await isSeen(t, world, 'nowhere', NOWHERE)
  sentry.heal()
  await until(async () => {
    await world.wind(MINUTE / 2)
    return (await aboutSources(world)).get('nowhere')?.[0]?.status === 'resolved'
  })
})

t.test('a single failure is no incident', async t => {
  const world = await startWorld()
  t.teardown(world.stop)
  world.sentry.fail({ kind: 'status', status: 500 }, 1)
  const event = eventPayload({ now: world.clock.now(), issue: '1', project: 'web-shop' })
  await world.tell('event_alert', eventAlert(event, 'Errors'))
  for (let n = 0; n < 6; n++) await world.wind(MINUTE / 2)
  t.same(
    (await world.incidents()).filter(({ kind }) => kind === 'source'),
    [],
  )
})
