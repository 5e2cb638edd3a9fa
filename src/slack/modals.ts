import { z } from 'zod'
import type { ModalVerb } from './buttons.ts'

/** The small windows that ask for what an act needs. Slack's limits: title 24, label 2,000, private_metadata 3,000. */

/** What the window remembers of where it was opened from. */
export const openedFromSchema = z.object({
  incident: z.string(),
  destination: z.string(),
  replySecret: z.string().nullable(),
})
export type OpenedFrom = z.infer<typeof openedFromSchema>

const CALLBACK = 'tocsin:'

interface PlainText {
  type: 'plain_text'
  text: string
}
interface Option {
  text: PlainText
  value: string
}
interface Input {
  type: 'input'
  block_id: string
  label: PlainText
  optional: boolean
  element: { type: string; action_id: 'value'; [key: string]: unknown }
  hint?: PlainText
}
export interface ModalView {
  type: 'modal'
  callback_id: string
  private_metadata: string
  title: PlainText
  submit: PlainText
  close: PlainText
  blocks: Input[]
}

export const SILENCE_MINUTES: Record<string, number> = {
  '30': 30,
  '60': 60,
  '240': 240,
  '1440': 1_440,
  '10080': 10_080,
}

const WINDOW: Record<ModalVerb, { title: string; submit: string; blocks: () => Input[] }> = {
  resolve: {
    title: 'Resolve',
    submit: 'Resolve',
    blocks: () => [
      select('when', 'Resolved', [
        ['now', 'now'],
        ['next', 'in the next release'],
        ['release', 'in the release named below'],
      ]),
      { ...input('release', 'Release', { optional: true }), hint: plain('Only for a release that is named.') },
      input('reason', 'Reason', { optional: true, multiline: true }),
    ],
  },
  silence: {
    title: 'Silence',
    submit: 'Silence',
    blocks: () => [
      select(
        'for',
        'For',
        [
          ['30', '30 minutes'],
          ['60', 'an hour'],
          ['240', '4 hours'],
          ['1440', 'a day'],
          ['10080', 'a week'],
        ],
        '60',
      ),
      {
        ...field('until', 'Or until', { type: 'datetimepicker', action_id: 'value' }, true),
        hint: plain('When set, this counts.'),
      },
      input('reason', 'Reason', { multiline: true }),
    ],
  },
  assign: {
    title: 'Assign',
    submit: 'Assign',
    blocks: () => [field('to', 'To', { type: 'users_select', action_id: 'value' }, false)],
  },
  noise: {
    title: 'Mark as noise',
    submit: 'Mark',
    blocks: () => [
      select('label', 'What is wrong with it', [
        ['false-positive', 'False positive'],
        ['not-actionable', 'Nothing can be done about it'],
        ['poor-detail', 'It says too little'],
      ]),
      input('note', 'Note', { optional: true, multiline: true }),
    ],
  },
  severity: {
    title: 'Change the severity',
    submit: 'Change',
    blocks: () => [
      select('severity', 'Severity', [
        ['P0', 'P0 critical'],
        ['P1', 'P1 major'],
        ['P2', 'P2 minor'],
        ['P3', 'P3 low'],
      ]),
      input('reason', 'Reason', { multiline: true }),
    ],
  },
  workaround: {
    title: 'Workaround',
    submit: 'Save',
    blocks: () => [
      {
        ...input('text', 'What to do meanwhile', { multiline: true }),
        hint: plain('With a workaround it is at most P2.'),
      },
    ],
  },
  note: {
    title: 'Add a note',
    submit: 'Add',
    blocks: () => [input('text', 'Note', { multiline: true })],
  },
  archive: {
    title: 'Archive in Sentry',
    submit: 'Archive',
    blocks: () => [
      select('until', 'Until', [
        ['escalating', 'it escalates'],
        ['1440', 'a day has passed'],
        ['10080', 'a week has passed'],
        ['events', 'it happens 100 more times'],
        ['users', 'it affects 100 more users'],
        ['forever', 'for ever'],
      ]),
      input('reason', 'Reason', { multiline: true }),
    ],
  },
}

/** The window for `verb`. */
export function modalFor(verb: ModalVerb, from: OpenedFrom): ModalView {
  const { title, submit, blocks } = WINDOW[verb]
  return {
    type: 'modal',
    callback_id: `${CALLBACK}${verb}`,
    private_metadata: JSON.stringify(from),
    title: plain(title),
    submit: plain(submit),
    close: plain('Cancel'),
    blocks: blocks(),
  }
}

/** Which of our windows was submitted; null: none of ours. */
export function modalOf(callbackId: string): ModalVerb | null {
  const name = callbackId.startsWith(CALLBACK) ? callbackId.slice(CALLBACK.length) : ''
  return (Object.keys(WINDOW) as ModalVerb[]).find(verb => verb === name) ?? null
}

function input(id: string, label: string, how: { optional?: boolean; multiline?: boolean } = {}): Input {
  const element = {
    type: 'plain_text_input',
    action_id: 'value' as const,
    multiline: how.multiline ?? false,
    max_length: id === 'release' ? 200 : 2_000,
  }
  return field(id, label, element, how.optional ?? false)
}

/** The first option is chosen unless another is named. */
function select(id: string, label: string, choices: [value: string, text: string][], chosen?: string): Input {
  const options: Option[] = choices.map(([value, text]) => ({ text: plain(text), value }))
  const initial = options.find(one => one.value === chosen) ?? options[0]
  return field(id, label, { type: 'static_select', action_id: 'value', options, initial_option: initial }, false)
}

function field(id: string, label: string, element: Input['element'], optional: boolean): Input {
  return { type: 'input', block_id: id, label: plain(label), optional, element }
}

function plain(text: string): PlainText {
  return { type: 'plain_text', text }
}
