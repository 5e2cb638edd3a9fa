import type { Act, Actor } from '../incidents/act.ts'
import type { RulesDocument } from '../rules/rules-document.ts'
import type { Delivery } from '../signals/delivery.ts'
import { type Press, pressSchema } from '../slack/press.ts'
import type { ActOn, ActOutcome } from './act-on.ts'
import type { Outcome } from './handle-signal.ts'
import type { Hear } from './handle-word.ts'

export interface HearSlackDeps {
  actOn: ActOn
  people(): RulesDocument['people']
  /** What a person is called in Slack; null: nobody can say. */
  nameOf(destination: string, user: string): Promise<string | null>
  /** Tells only whoever pressed. */
  answer(replySecret: string | null, text: string): Promise<unknown>
}

/**
 * What somebody pressed in Slack: done once, in the name of that person. What comes to nothing is told to whoever
 * pressed, and to nobody else.
 */
export function createHearSlack(deps: HearSlackDeps): Hear {
  return delivery => {
    const press = read(delivery)
    if (press === null) return { kind: 'garbage', reason: 'this is nothing that can be pressed in Slack', problems: [] }
    return {
      kind: 'word',
      action: press.act.kind,
      names: [press.id],
      obey: () => obey(press, delivery.receivedAt),
    }
  }

  async function obey(press: Press, at: number): Promise<Outcome> {
    const { incident, destination, user } = press
    const actor: Actor = {
      via: 'slack',
      at: destination,
      id: user.id,
      name: personOf(user.id)?.name ?? user.name,
    }
    const came = await deps.actOn({ incident, act: await wholeAct(press), actor, id: press.id, at })
    if (came === null || !came.changed)
      await deps.answer(press.replySecret, `Nothing came of it: ${came?.reason ?? 'there is no such incident here'}.`)
    return outcomeOf(came)
  }

  /** Whom Slack names by its own id is named as people and Sentry know them. */
  async function wholeAct({ act, assignee, destination }: Press): Promise<Act> {
    if (act.kind !== 'assign' || assignee === null) return act
    const known = personOf(assignee)
    const name = known?.name ?? (await deps.nameOf(destination, assignee)) ?? assignee
    return { kind: 'assign', to: { type: 'user', id: known?.sentry ?? null, name } }
  }

  function personOf(slack: string) {
    return deps.people().find(person => person.slack === slack) ?? null
  }
}

function outcomeOf(came: ActOutcome | null): Outcome {
  if (came === null)
    return { outcome: 'nothing-to-do', reason: 'there is no such incident', incident: null, severity: null }
  const { incident, reason, changed, action } = came
  const outcome = !changed ? 'nothing-to-do' : action === 'resolve' ? 'resolved' : 'attached'
  return { outcome, reason, incident: incident.id, severity: incident.severity }
}

function read(delivery: Delivery): Press | null {
  try {
    return pressSchema.parse(JSON.parse(delivery.body))
  } catch {
    return null
  }
}
