import { z } from 'zod'

/**
 * Slack's limits on blocks (@slack/types and its documentation), for the block types that we send. Stricter than Slack
 * in two ways: other block types are refused, and so is a total that Slack would perhaps still take.
 */

const text = (most: number, types: ('mrkdwn' | 'plain_text')[] = ['mrkdwn', 'plain_text']) =>
  z.strictObject({
    type: z.enum(types),
    text: z
      .string()
      .min(1, 'must be more than 0 characters')
      .max(most, `must be less than ${most + 1} characters`),
    emoji: z.boolean().optional(),
    verbatim: z.boolean().optional(),
  })
const id = z.string().max(255).optional()
const button = z.strictObject({
  type: z.literal('button'),
  text: text(75, ['plain_text']),
  action_id: id,
  value: z.string().max(2000).optional(),
  url: z.string().max(3000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: z.unknown().optional(),
})
const option = z.strictObject({ text: text(75, ['plain_text']), value: z.string().min(1).max(150) })
const overflow = z.strictObject({
  type: z.literal('overflow'),
  action_id: id,
  options: z.array(option).min(1).max(5),
  confirm: z.unknown().optional(),
})

const blockSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), block_id: id, text: text(150, ['plain_text']) }),
  z
    .strictObject({
      type: z.literal('section'),
      block_id: id,
      text: text(3000).optional(),
      fields: z.array(text(2000)).min(1).max(10).optional(),
    })
    .refine(block => block.text !== undefined || block.fields !== undefined, 'either text or fields required'),
  z.strictObject({ type: z.literal('context'), block_id: id, elements: z.array(text(3000)).min(1).max(10) }),
  z.strictObject({ type: z.literal('divider'), block_id: id }),
  z.strictObject({
    type: z.literal('actions'),
    block_id: id,
    elements: z
      .array(z.discriminatedUnion('type', [button, overflow]))
      .min(1)
      .max(25),
  }),
])
const blocksSchema = z.array(blockSchema).max(50, 'no more than 50 items allowed')

const inputSchema = z.strictObject({
  type: z.literal('input'),
  block_id: id,
  label: text(2000, ['plain_text']),
  hint: text(2000, ['plain_text']).optional(),
  optional: z.boolean().optional(),
  element: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('plain_text_input'),
      action_id: id,
      multiline: z.boolean().optional(),
      max_length: z.number().int().min(1).max(3000).optional(),
    }),
    z.strictObject({
      type: z.literal('static_select'),
      action_id: id,
      options: z.array(option).min(1).max(100),
      initial_option: option.optional(),
    }),
    z.strictObject({ type: z.literal('users_select'), action_id: id }),
    z.strictObject({ type: z.literal('datetimepicker'), action_id: id }),
  ]),
})
export const viewSchema = z.strictObject({
  type: z.literal('modal'),
  callback_id: z.string().max(255),
  private_metadata: z.string().max(3000),
  title: text(24, ['plain_text']),
  submit: text(24, ['plain_text']),
  close: text(24, ['plain_text']),
  blocks: z.array(inputSchema).min(1).max(100),
})
export type StandInView = z.infer<typeof viewSchema>

/** Undocumented cap on all texts together: 11,341 were refused and 9,597 taken (slackapi/bolt-js #2509, #2867). */
const MOST_TOTAL = 9_000

/** Slack's error for these blocks, or null when it would take them. */
export function blockProblem(blocks: unknown): { error: string; errors: string[] } | null {
  const parsed = blocksSchema.safeParse(blocks)
  if (!parsed.success) {
    const errors = parsed.error.issues.map(issue => `${issue.message} [json-pointer:/blocks/${issue.path.join('/')}]`)
    return { error: 'invalid_blocks', errors }
  }
  const texts = textsOf(parsed.data)
  const total = texts.reduce((sum, one) => sum + one.text.length, 0)
  if (total > MOST_TOTAL) return { error: 'msg_blocks_too_long', errors: [`${total} characters in all blocks`] }
  const broken = texts.filter(one => one.type === 'mrkdwn').flatMap(one => brokenMarkup(one.text) ?? [])
  return broken.length === 0 ? null : { error: 'invalid_blocks', errors: broken }
}

interface ShownText {
  type: string
  text: string
}

function textsOf(value: unknown): ShownText[] {
  if (Array.isArray(value)) return value.flatMap(textsOf)
  if (typeof value !== 'object' || value === null) return []
  if ('type' in value && 'text' in value && typeof value.type === 'string' && typeof value.text === 'string')
    return [{ type: value.type, text: value.text }]
  return Object.values(value).flatMap(textsOf)
}

/** Mentions, dates and links, and nothing else, may stand in angle brackets. */
const MARKUP =
  /<(?:!here|!channel|@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!date\^\d+\^[^<>|]+\|[^<>|]+|https?:[^<>|\s]+\|[^<>|]+)>/g

/** Slack shows a cut entity or link as it stands; here it is a fault. */
export function brokenMarkup(text: string): string | null {
  const entity = /&(?!amp;|lt;|gt;).{0,8}/.exec(text)
  if (entity !== null) return `an ampersand that is not escaped: ${entity[0]}`
  const left = text.replaceAll(MARKUP, '')
  return /[<>]/.test(left) ? `an angle bracket that opens or closes nothing known: ${left.slice(0, 100)}` : null
}
