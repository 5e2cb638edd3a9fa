import { z } from 'zod'
import { agentOf, type PagerdutyWord, WORD_TYPES } from './word.ts'

/** What a signed webhook body turned out to be. */
export type ParsedWebhook =
  | { kind: 'word'; event: string; type: string; word: PagerdutyWord }
  /** Well-formed, and nothing that we act on: "additional event types may be added" (developer-docs webhooks). */
  | { kind: 'other'; event: string; type: string }
  | { kind: 'garbage'; reason: string; problems: { path: string; message: string }[] }

const reference = z.object({
  id: z.string().nullish(),
  type: z.string().nullish(),
  summary: z.string().nullish(),
})

const envelope = z.object({
  event: z.object({
    id: z.string().min(1).max(200),
    event_type: z.string().min(1).max(200),
    occurred_at: z.iso.datetime({ offset: true }),
    agent: reference.nullish(),
    client: z.object({ url: z.string().nullish() }).nullish(),
    data: z.looseObject({ type: z.string().nullish(), id: z.string().nullish() }),
  }),
})

/** Only of what we read; every field may be missing. */
const dataSchema = z.object({
  created_at: z.string().nullish(),
  assignees: z.array(reference).nullish().catch(null),
  priority: z.object({ summary: z.string().nullish() }).nullish().catch(null),
  resolve_reason: z.object({ type: z.string().nullish(), incident: reference.nullish() }).nullish().catch(null),
  incident: reference.nullish().catch(null),
  content: z.string().nullish().catch(null),
})

const MERGED = /^merge_resolve_reason/
const MOST_TEXT = 1_900

/** Reads a V3 webhook. Never throws. Notes and tasks carry their incident inside: `data.type` tells which it is. */
export function parseWebhook(body: string): ParsedWebhook {
  const json = parseJson(body)
  if (json === undefined) return { kind: 'garbage', reason: 'the body is not JSON', problems: [] }
  const parsed = envelope.safeParse(json)
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({ path: `/${path.join('/')}`, message }))
    return { kind: 'garbage', reason: 'this is no V3 webhook of PagerDuty', problems }
  }
  const { id: event, event_type, occurred_at, agent, client, data } = parsed.data.event
  const type = WORD_TYPES.find(one => event_type === `incident.${one}`)
  const details = dataSchema.safeParse(data)
  const own = data.type === 'incident' ? data.id : details.data?.incident?.id
  if (type === undefined || details.data === undefined || typeof own !== 'string' || own === '')
    return { kind: 'other', event, type: event_type }
  const { created_at, assignees, priority, resolve_reason, content } = details.data
  const openedAt = Date.parse(created_at ?? '')
  const text = type === 'annotated' ? content : type === 'priority_updated' ? (priority?.summary ?? 'none') : null
  const word: PagerdutyWord = {
    id: event,
    type,
    at: Date.parse(occurred_at),
    incident: own,
    agent: agentOf(agent),
    clientUrl: client?.url ?? null,
    openedAt: Number.isNaN(openedAt) ? null : openedAt,
    mergedInto: MERGED.test(resolve_reason?.type ?? '') ? (resolve_reason?.incident?.id ?? '') : null,
    assignees: (assignees ?? []).map(one => ({ id: one.id ?? null, name: one.summary ?? null })),
    text: text?.trim().slice(0, MOST_TEXT) || null,
  }
  return { kind: 'word', event, type: event_type, word }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
