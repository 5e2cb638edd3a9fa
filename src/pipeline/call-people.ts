import type { Actor } from '../incidents/act.ts'
import type { Tell } from '../incidents/change.ts'
import type { RulesDocument } from '../rules/rules-document.ts'

/** Whoever is to see it is called by the id that they have where posts are read; who has none stays named in the words. */
export function callPeople(tell: readonly Tell[], people: RulesDocument['people']): Tell[] {
  return tell.map(one => {
    if (one.to !== 'posts' || one.call === undefined) return one
    const ids = one.call.map(actor => slackIdOf(actor, people)).filter(id => id !== null)
    return ids.length === 0 ? one : { ...one, mention: [...new Set(ids)].join(' ') }
  })
}

function slackIdOf({ via, id, name }: Actor, people: RulesDocument['people']): string | null {
  if (via === 'slack') return id
  const known =
    via === 'sentry' || via === 'pagerduty'
      ? people.find(person => id !== null && person[via] === id)
      : people.find(person => person.name === name)
  return known?.slack ?? null
}
