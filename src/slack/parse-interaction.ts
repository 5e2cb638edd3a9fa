import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Act } from '../incidents/act.ts'
import { type DirectVerb, isModal, type ModalVerb, placeOf, verbOf } from './buttons.ts'
import { modalOf, type OpenedFrom, openedFromSchema } from './modals.ts'
import type { Press } from './press.ts'
import { readSubmission, type Values } from './read-submission.ts'

/** What a verified interaction asks of us. */
export type Interaction =
  | { kind: 'press'; press: Press }
  | { kind: 'ask'; verb: ModalVerb; from: OpenedFrom; triggerId: string }
  /** Shown beside the fields of the window, which stays open. */
  | { kind: 'refused'; errors: Record<string, string> }
  | { kind: 'nothing'; reason: string }

const userSchema = z.object({ id: z.string(), username: z.string().optional(), name: z.string().optional() })

const payloadSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('block_actions'),
    user: userSchema,
    trigger_id: z.string().optional(),
    response_url: z.string().optional(),
    actions: z
      .array(
        z.object({
          action_id: z.string(),
          block_id: z.string(),
          action_ts: z.string(),
          selected_option: z.object({ value: z.string() }).nullish(),
        }),
      )
      .min(1),
  }),
  z.object({
    type: z.literal('view_submission'),
    user: userSchema,
    view: z.object({
      id: z.string(),
      callback_id: z.string(),
      private_metadata: z.string(),
      state: z.object({
        values: z.record(z.string(), z.record(z.string(), z.looseObject({ type: z.string().optional() }))),
      }),
    }),
  }),
])
type Pressed = Extract<z.infer<typeof payloadSchema>, { type: 'block_actions' }>
type Submitted = Extract<z.infer<typeof payloadSchema>, { type: 'view_submission' }>

const DIRECT_ACT: Record<DirectVerb, Act> = {
  acknowledge: { kind: 'acknowledge' },
  unacknowledge: { kind: 'unacknowledge' },
  escalate: { kind: 'escalate', step: null },
  unsilence: { kind: 'unsilence' },
  'release-severity': { kind: 'release-severity' },
}

/** Reads the raw form body of an interaction. Unknown shapes and buttons of others are nothing to do. Never throws. */
export function parseInteraction(body: string, now: number): Interaction {
  const payload = payloadSchema.safeParse(json(new URLSearchParams(body).get('payload') ?? ''))
  if (!payload.success) return { kind: 'nothing', reason: 'an interaction that means nothing here' }
  return payload.data.type === 'block_actions' ? pressed(payload.data) : submitted(payload.data, now)
}

function pressed({ user, actions, trigger_id, response_url }: Pressed): Interaction {
  const [action] = actions
  const verb = action === undefined ? null : verbOf(action)
  const place = action === undefined ? null : placeOf(action.block_id)
  if (action === undefined || verb === null || place === null)
    return { kind: 'nothing', reason: 'a button that is not ours' }
  const replySecret = response_url ?? null
  if (isModal(verb)) {
    if (trigger_id === undefined) return { kind: 'nothing', reason: 'a press without a trigger_id opens no window' }
    return { kind: 'ask', verb, from: { ...place, replySecret }, triggerId: trigger_id }
  }
  const press: Press = {
    version: 1,
    id: nameOf(user.id, `${action.action_ts} ${place.incident}`, verb),
    ...place,
    act: DIRECT_ACT[verb],
    user: { id: user.id, name: user.username ?? user.name ?? user.id },
    assignee: null,
    replySecret,
  }
  return { kind: 'press', press }
}

function submitted({ user, view }: Submitted, now: number): Interaction {
  const verb = modalOf(view.callback_id)
  const from = openedFromSchema.safeParse(json(view.private_metadata))
  if (verb === null || !from.success) return { kind: 'nothing', reason: 'a window that is not ours' }
  const values: Values = Object.fromEntries(
    Object.entries(view.state.values).map(([block, actions]) => [block, said(Object.values(actions)[0] ?? {})]),
  )
  const read = readSubmission(verb, values, now)
  if ('errors' in read) return { kind: 'refused', errors: read.errors }
  const press: Press = {
    version: 1,
    id: nameOf(user.id, view.id, verb),
    ...from.data,
    act: read.act,
    user: { id: user.id, name: user.username ?? user.name ?? user.id },
    assignee: read.assignee,
  }
  return { kind: 'press', press }
}

const valueSchema = z.object({
  value: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
  selected_user: z.string().nullish(),
  selected_date_time: z.number().nullish(),
})

/** What stands in one field, whatever its kind; '' for nothing. */
function said(given: unknown): string {
  const read = valueSchema.safeParse(given)
  if (!read.success) return ''
  const { value, selected_option, selected_user, selected_date_time } = read.data
  return (value ?? selected_option?.value ?? selected_user ?? selected_date_time?.toString() ?? '').trim()
}

/** Slack repeats what it got no answer to: by who pressed, and when or in which window, it is the same. */
function nameOf(user: string, moment: string, verb: string): string {
  return `slack-${createHash('sha256').update(`${user} ${moment} ${verb}`).digest('hex').slice(0, 24)}`
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
