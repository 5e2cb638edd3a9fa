import type { Clock } from '../platform/clock.ts'
import { signSlackBody } from '../slack/signature.ts'
import type { SlackStandIn, StandInPost, StandInWindow } from './slack-stand-in.ts'

/** Somebody before Slack: presses, fills in windows and types commands, and Slack tells the service as it does. */
export interface SlackPerson {
  /** Presses a button under a post, by its action_id (`tocsin:acknowledge`); `option`: a choice of the overflow menu. */
  press(post: StandInPost, actionId: string, how?: PressOptions): Promise<SlackCall>
  /** Submits a window. Values by block id; users, options and moments as Slack names them. */
  submit(window: StandInWindow, values: Record<string, string>): Promise<SlackCall>
  command(text: string): Promise<SlackCall>
  /** Sends a body as Slack does. `at`: the moment it is signed for, ms. */
  send(door: 'interactions' | 'commands', form: Record<string, string>, how?: SendOptions): Promise<SlackCall>
}
export interface PressOptions {
  option?: string
  /** When Slack says it was pressed: the same again is the same press. */
  actionTs?: string
}
export interface SendOptions {
  at?: number
  secret?: string
}
export interface SlackCall {
  status: number
  body: Record<string, unknown> | null
}

export function createSlackPerson(options: {
  slack: SlackStandIn
  /** Where the service listens. */
  url(): string
  signingSecret: string
  clock: Clock
  user: { id: string; name: string }
}): SlackPerson {
  const { slack, clock, user } = options
  let presses = 0

  const send: SlackPerson['send'] = async (door, form, how = {}) => {
    const body = new URLSearchParams(form).toString()
    const signed = signSlackBody(body, how.secret ?? options.signingSecret, how.at ?? clock.now())
    const response = await fetch(`${options.url()}/webhooks/slack/${door}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': signed.timestamp,
        'x-slack-signature': signed.signature,
      },
      body,
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as Record<string, unknown>) }
  }
  const who = { id: user.id, username: user.name, name: user.name, team_id: 'T0TOCSIN' }
  const interact = (payload: object) => send('interactions', { payload: JSON.stringify({ ...payload, user: who }) })

  return {
    send,
    async press(post, actionId, how = {}) {
      presses += 1
      const { triggerId, responseUrl } = slack.press(user.id)
      const action = {
        type: how.option === undefined ? 'button' : 'overflow',
        action_id: actionId,
        block_id: blockOf(post, actionId),
        action_ts: how.actionTs ?? `${Math.floor(clock.now() / 1000)}.${String(presses).padStart(6, '0')}`,
        ...(how.option === undefined ? {} : { selected_option: { value: how.option } }),
      }
      return interact({
        type: 'block_actions',
        trigger_id: triggerId,
        response_url: responseUrl,
        channel: { id: post.channel, name: post.channelName },
        message: { ts: post.ts, text: post.text },
        actions: [action],
      })
    },
    submit({ id, view }, values) {
      const { callback_id, private_metadata } = view
      const state = view.blocks.map(block => [
        block.block_id ?? '',
        { [block.element.action_id ?? '']: givenTo(block.element, values[block.block_id ?? '']) },
      ])
      return interact({
        type: 'view_submission',
        view: { id, callback_id, private_metadata, state: { values: Object.fromEntries(state) } },
      })
    },
    command: text => send('commands', { command: '/tocsin', text, user_id: user.id, user_name: user.name }),
  }
}

type Element = StandInWindow['view']['blocks'][number]['element']

function givenTo(element: Element, given: string | undefined): object {
  const { type } = element
  switch (type) {
    case 'plain_text_input':
      return { type, value: given ?? null }
    case 'static_select': {
      const chosen = element.options.find(one => one.value === given) ?? element.initial_option ?? null
      return { type, selected_option: chosen }
    }
    case 'users_select':
      return { type, selected_user: given ?? null }
    case 'datetimepicker':
      return { type, selected_date_time: given === undefined ? null : Number(given) }
  }
}

/** The block that holds the button; '' when the post has none. */
function blockOf(post: StandInPost, actionId: string): string {
  const blocks = post.blocks as { block_id?: string; elements?: { action_id?: string }[] }[]
  return blocks.find(block => block.elements?.some(one => one.action_id === actionId))?.block_id ?? ''
}
