import { createHash } from 'node:crypto'
import type { Destination } from '../deliver/destination.ts'
import type { NotificationStore } from '../deliver/notification-store.ts'
import type { Act } from '../incidents/act.ts'
import type { IncidentStore } from '../incidents/incident-store.ts'
import type { PagerdutyApi } from '../pagerduty/api-client.ts'
import type { LinkStore, PagerdutyLink } from '../pagerduty/link-store.ts'
import { incidentOfDedupKey } from '../pagerduty/our-key.ts'
import { parseWebhook } from '../pagerduty/parse-webhook.ts'
import type { PagerdutyWord } from '../pagerduty/word.ts'
import type { RulesDocument } from '../rules/rules-document.ts'
import type { Person } from '../signals/signal.ts'
import type { Applied, createApplyChange } from './apply-change.ts'
import type { Outcome } from './handle-signal.ts'
import { type Hear, outcomeOfAct } from './handle-word.ts'
import { createOneAtATime } from './one-at-a-time.ts'

export interface PagerdutyWordDeps {
  links: LinkStore
  /** Null without a token: then only what our own link leads to is known. */
  api: PagerdutyApi | null
  incidents: Pick<IncidentStore, 'read'>
  notifications: Pick<NotificationStore, 'list'>
  kindOf(destination: string): Destination['kind'] | null
  apply: ReturnType<typeof createApplyChange>
  /** Who is who elsewhere. */
  people(): RulesDocument['people']
  /** What stands before the id in the links that PagerDuty is sent. */
  incidentUrl(incident: string): string
}

type KnownPerson = RulesDocument['people'][number]

/** Clocks differ; an incident at PagerDuty that is older than the life of ours is about an earlier one. */
const SKEW_MS = 60_000
const OUR_ID = /(inc_[0-9a-f]{20})$/

/**
 * What PagerDuty tells of one of its incidents, done to ours: to each that it holds, in the life it was opened for. The
 * same told twice, too late or by ourselves does nothing; what comes before it is known of whom is kept until it is.
 */
export function createPagerdutyWord(deps: PagerdutyWordDeps) {
  const { links, api } = deps
  const oneAtATime = createOneAtATime()

  const hearWord = (word: PagerdutyWord): Promise<Outcome> => oneAtATime(word.incident, () => obey(word))

  async function obey(word: PagerdutyWord): Promise<Outcome> {
    if (word.type === 'triggered') return meet(word)
    let known = await links.linksOf(word.incident)
    // Alerts may have been grouped into one that is known already: then no word named them.
    if (known.length === 0 || isStatus(word.type)) known = withThese(known, await askWhose(word.incident))
    if (known.length === 0) {
      await links.park(word)
      // It may have been met meanwhile, by another process.
      known = await links.linksOf(word.incident)
      if (known.length === 0)
        return nothing(`incident ${word.incident} at PagerDuty is none of ours, as far as is known`)
    }
    return actOn(word, known)
  }

  async function actOn(word: PagerdutyWord, known: readonly PagerdutyLink[]): Promise<Outcome> {
    if (word.mergedInto !== null) return follow(word.mergedInto, word, known)
    if (word.agent.kind === 'integration') return nothing('our own event, told back')
    if (await links.wasChangedByUs(word.incident, word.type)) return nothing('our own change, told back')
    if (isStatus(word.type)) await links.remember(word)
    return tellAll(word, known)
  }

  async function tellAll(word: PagerdutyWord, known: readonly PagerdutyLink[]): Promise<Outcome> {
    const act = actFor(word, personOf)
    if (act === null) return nothing(`nothing in it is for us: ${word.type}`)
    const said = act.kind === 'unacknowledge' && (await isForOthersToo(known)) ? { kind: act.kind } : act
    const done = await Promise.all(known.map(link => actOnOne(word, said, link)))
    return joined(done)
  }

  /** Acknowledged for the one that is quiet, it would call nobody for another that it holds. */
  async function isForOthersToo(known: readonly PagerdutyLink[]): Promise<boolean> {
    const all = await Promise.all(
      known.map(async ({ incident, generation }) => {
        const one = await deps.incidents.read(incident)
        return one?.generation === generation ? one : null
      }),
    )
    return all.some(one => one !== null && one.status !== 'resolved' && one.silenced === null && one.muted === null)
  }

  async function actOnOne(word: PagerdutyWord, act: Act, link: PagerdutyLink): Promise<Outcome> {
    const incident = await deps.incidents.read(link.incident)
    if (incident === null) return nothing(`${link.incident} is no longer kept`)
    if (incident.generation !== link.generation)
      return { ...nothing('a later life of the incident has begun'), incident: incident.id }
    // The same page generation may go on after a reopening; what was said before that is past.
    if (isStatus(word.type) && word.at < incident.openedAt - SKEW_MS && !(await links.isSinceReopened(word)))
      return { ...nothing('it was said before the incident was reopened'), incident: incident.id }
    if (isStatus(word.type) && !(await links.isNewest(word.incident, link.incident, word.at, word.id)))
      return { ...nothing('PagerDuty has told something newer of it'), incident: incident.id }
    const { id } = word.agent
    const name = personOf(id)?.name ?? word.agent.name
    const actor = { via: 'pagerduty' as const, at: link.destination, id, name }
    const applied: Applied = await deps.apply(link.incident, {
      kind: 'act',
      id: `pd-${word.id}`,
      act,
      actor,
      at: word.at,
    })
    return outcomeOfAct(applied)
  }

  function personOf(pagerduty: string | null): KnownPerson | null {
    return deps.people().find(person => pagerduty !== null && person.pagerduty === pagerduty) ?? null
  }

  /** PagerDuty opened an incident: the link that we sent along says for which of ours. */
  async function meet(word: PagerdutyWord): Promise<Outcome> {
    const id = OUR_ID.exec(word.clientUrl ?? '')?.[1]
    const ours = id !== undefined && word.clientUrl === deps.incidentUrl(id)
    const incident = ours ? await deps.incidents.read(id) : null
    if (incident === null) {
      const known = await askWhose(word.incident)
      return known.length === 0 ? nothing('it is none of ours') : metAs(known)
    }
    const earlier = word.openedAt !== null && word.openedAt < incident.openedAt - SKEW_MS ? 1 : 0
    const generation = incident.generation - earlier
    const link = { incident: incident.id, generation, destination: await pagedAt(incident.id, generation) }
    await links.link(word.incident, link)
    await hearParked(word.incident, [link])
    return metAs([link])

    function metAs(known: readonly PagerdutyLink[]): Outcome {
      const reason = `it is incident ${word.incident} at PagerDuty`
      return { outcome: 'attached', reason, incident: known[0]?.incident ?? null, severity: null }
    }
  }

  /** Merged there: nobody said that it is over. Whatever becomes of the other incident becomes of ours. */
  async function follow(target: string, word: PagerdutyWord, known: readonly PagerdutyLink[]): Promise<Outcome> {
    const first = known[0]?.incident ?? null
    if (target !== '' && target !== word.incident) {
      for (const link of known) await links.link(target, link)
      await hearParked(target, known)
      // Whoever answers for the other one now answers for this.
      const last = await links.lastWord(target)
      if (last !== null) await tellAll(last, known)
    }
    const reason = `PagerDuty merged ${word.incident} into ${target === '' ? 'another incident' : target}: it goes on there`
    return { outcome: 'attached', reason, incident: first, severity: null }
  }

  async function hearParked(pagerduty: string, known: readonly PagerdutyLink[]): Promise<void> {
    const words = await links.parked(pagerduty)
    for (const word of words.toSorted((a, b) => a.at - b.at)) await actOn(word, known)
    if (words.length > 0) await links.unpark(pagerduty, words.length)
  }

  /** The alerts that it holds carry our dedup keys. */
  async function askWhose(pagerduty: string): Promise<PagerdutyLink[]> {
    const answer = await api?.alertsOf(pagerduty)
    if (answer === undefined || !answer.ok) return []
    const found: PagerdutyLink[] = []
    for (const { dedupKey } of answer.value) {
      const ours = dedupKey === null ? null : incidentOfDedupKey(dedupKey)
      if (ours === null || (await deps.incidents.read(ours.incident)) === null) continue
      const link = { ...ours, destination: await pagedAt(ours.incident, ours.generation) }
      await links.link(pagerduty, link)
      found.push(link)
    }
    if (found.length > 0) await hearParked(pagerduty, found)
    return found
  }

  /** Null when none or more than one could be meant. */
  async function pagedAt(incident: string, generation: number): Promise<string | null> {
    const all = await deps.notifications.list(incident)
    const places = all
      .filter(item => item.generation === generation && deps.kindOf(item.destination) === 'pagerduty')
      .map(item => item.destination)
    const [only, ...more] = new Set(places)
    return only === undefined || more.length > 0 ? null : only
  }

  const hear: Hear = delivery => {
    const text = delivery.encoding === 'utf8' ? delivery.body : ''
    const parsed = parseWebhook(text)
    if (parsed.kind === 'garbage') return parsed
    const names = [`pagerduty-${createHash('sha256').update(text).digest('hex')}`]
    // PagerDuty repeats a webhook under its id; which is not signed, so it counts only together with what is.
    if (delivery.webhookId !== undefined)
      names.push(`pagerduty-${createHash('sha256').update(`${delivery.webhookId}\n${parsed.event}`).digest('hex')}`)
    const obey = async () => (parsed.kind === 'word' ? hearWord(parsed.word) : nothing(`not acted on: ${parsed.type}`))
    return { kind: 'word', action: parsed.type, names, obey }
  }

  return {
    hear,
    hearWord,
    /** It was found by asking that this incident at PagerDuty is about ours. */
    async found(pagerduty: string, link: PagerdutyLink): Promise<void> {
      await links.link(pagerduty, link)
      await oneAtATime(pagerduty, () => hearParked(pagerduty, [link]))
    },
  }
}

export type PagerdutyWords = ReturnType<typeof createPagerdutyWord>

function withThese(known: readonly PagerdutyLink[], found: readonly PagerdutyLink[]): PagerdutyLink[] {
  const isNew = (link: PagerdutyLink) =>
    !known.some(one => one.incident === link.incident && one.generation === link.generation)
  return [...known, ...found.filter(isNew)]
}

function isStatus(type: PagerdutyWord['type']): boolean {
  return type === 'acknowledged' || type === 'unacknowledged' || type === 'resolved' || type === 'reopened'
}

/** Null: it says nothing that changes an incident of ours. */
function actFor(
  { type, agent, assignees, text }: PagerdutyWord,
  personOf: (pagerduty: string | null) => KnownPerson | null,
): Act | null {
  const [first] = assignees
  const to = assignees.map(one => one.name ?? 'somebody').join(', ')
  switch (type) {
    case 'acknowledged':
      return { kind: 'acknowledge' }
    case 'unacknowledged':
      // An acknowledgement timed out: nobody wants it to call again.
      return agent.kind === 'itself' ? { kind: 'unacknowledge', byItself: true } : { kind: 'unacknowledge' }
    case 'resolved':
      // A timer of the service closed it: nobody said that the problem is over, and here it stays open.
      if (agent.kind === 'itself') return { kind: 'note', text: 'PagerDuty closed its incident by itself; nobody did' }
      return { kind: 'resolve', release: null, reason: null }
    case 'reopened':
      return { kind: 'reopen', reason: 'reopened in PagerDuty' }
    case 'reassigned':
    case 'delegated':
      return first === undefined ? null : { kind: 'assign', to: ownerOf(first, personOf(first.id)) }
    case 'escalated':
      return { kind: 'note', text: to === '' ? 'escalated in PagerDuty' : `escalated in PagerDuty to ${to}` }
    case 'annotated':
      return text === null ? null : { kind: 'note', text }
    case 'priority_updated':
      return { kind: 'note', text: `priority in PagerDuty: ${text ?? 'none'}` }
    case 'triggered':
      return null
  }
}

/** PagerDuty's id means nobody elsewhere: Sentry's, where it is known. */
function ownerOf({ name }: PagerdutyWord['assignees'][number], known: KnownPerson | null): Person {
  return { type: 'user', id: known?.sentry ?? null, name: known?.name ?? name ?? 'somebody in PagerDuty' }
}

function nothing(reason: string): Outcome {
  return { outcome: 'nothing-to-do', reason, incident: null, severity: null }
}

/** One delivery has one outcome: the first that changed something, and every reason. */
function joined(all: readonly Outcome[]): Outcome {
  const told = all.find(one => one.outcome !== 'nothing-to-do') ?? all[0]
  const reason = [...new Set(all.map(one => one.reason))].join('; ')
  return { ...(told ?? nothing('nothing is known of it')), reason }
}
