import type { Incident } from '../incidents/incident.ts'

/** What can be pressed under a post. Those of `MODALS` ask something first; the others act at once. */
export const DIRECT = ['acknowledge', 'unacknowledge', 'escalate', 'unsilence', 'release-severity'] as const
export const MODALS = ['resolve', 'silence', 'assign', 'noise', 'severity', 'workaround', 'note', 'archive'] as const
export type DirectVerb = (typeof DIRECT)[number]
export type ModalVerb = (typeof MODALS)[number]
export type Verb = DirectVerb | ModalVerb

const LABEL: Record<Verb, string> = {
  acknowledge: 'Acknowledge',
  unacknowledge: 'Give it back',
  escalate: 'Escalate now',
  unsilence: 'End the silence',
  'release-severity': 'Release the severity',
  resolve: 'Resolve…',
  silence: 'Silence…',
  assign: 'Assign…',
  noise: 'Noise…',
  severity: 'Change the severity…',
  workaround: 'There is a workaround…',
  note: 'Add a note…',
  archive: 'Archive in Sentry…',
}

interface PlainText {
  type: 'plain_text'
  text: string
}
interface Button {
  type: 'button'
  action_id: string
  text: PlainText
  style?: 'primary'
}
interface Overflow {
  type: 'overflow'
  action_id: string
  options: { text: PlainText; value: Verb }[]
}
export interface ActionsBlock {
  type: 'actions'
  block_id: string
  elements: (Button | Overflow)[]
}

const PREFIX = 'tocsin:'
const MORE = 'more'

/** The buttons under a post about an incident as it is now; null when it is over: nothing is left to press. */
export function buttonsFor(incident: Incident, destination: string): ActionsBlock | null {
  if (incident.status === 'resolved') return null
  const acknowledged = incident.status === 'acknowledged'
  const rarer: Verb[] = [
    'severity',
    ...(incident.pinned === null ? [] : ['release-severity' as const]),
    'workaround',
    'note',
    ...(incident.kind === 'issue' ? ['archive' as const] : []),
  ]
  return {
    type: 'actions',
    block_id: placeId(incident, destination),
    elements: [
      acknowledged ? button('unacknowledge') : { ...button('acknowledge'), style: 'primary' },
      button('resolve'),
      button(incident.silenced === null ? 'silence' : 'unsilence'),
      button('assign'),
      button('escalate'),
      button('noise'),
      {
        type: 'overflow',
        action_id: `${PREFIX}${MORE}`,
        options: rarer.map(verb => ({ text: plainText(LABEL[verb]), value: verb })),
      },
    ],
  }
}

/** What was pressed, from what Slack tells of it; null: not one of our buttons. */
export function verbOf(action: {
  action_id: string
  selected_option?: { value: string } | null | undefined
}): Verb | null {
  if (!action.action_id.startsWith(PREFIX)) return null
  const name = action.action_id.slice(PREFIX.length)
  const said = name === MORE ? action.selected_option?.value : name
  return [...DIRECT, ...MODALS].find(verb => verb === said) ?? null
}

export function isModal(verb: Verb): verb is ModalVerb {
  return MODALS.some(one => one === verb)
}

/** Which incident, and through which destination, from the id of the block that was pressed; null: not ours. */
export function placeOf(blockId: string): { incident: string; destination: string } | null {
  const [name, incident, destination] = blockId.split('|')
  if (name !== 'tocsin' || !incident || !destination) return null
  return { incident, destination }
}

/** Slack wants another id whenever a message is updated (docs.slack.dev, blocks: block_id). */
function placeId(incident: Incident, destination: string): string {
  return `tocsin|${incident.id}|${destination}|${incident.rev}`
}

function button(verb: Verb): Button {
  return { type: 'button', action_id: `${PREFIX}${verb}`, text: plainText(LABEL[verb]) }
}

function plainText(text: string): PlainText {
  return { type: 'plain_text', text }
}
