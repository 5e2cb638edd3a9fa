import { z } from 'zod'
import { maskText } from './mask.ts'
import type { Signal } from './signal.ts'

/** What whoever wrote an alert rule in Sentry chose of our table, in the form that sentry-integration-schema.json describes. */

const severitySchema = z.enum(['P0', 'P1', 'P2', 'P3'])

export const chosenSchema = z.object({
  /** Id of a policy; null: the routes decide. */
  policy: z.string().nullable(),
  floor: severitySchema.nullable(),
  ceiling: severitySchema.nullable(),
  /** The ceiling holds for data loss, crash-free and spikes too: only when it says so. */
  ceilingHidesAll: z.boolean(),
  /** Title of Sentry's alert rule. */
  rule: z.string().nullable().default(null),
  /** Of the signal that brought it, ms: the newest choice counts. */
  at: z.number().default(0),
  /** What could not be used of what was set, in words. */
  ignored: z.array(z.string()).default([]),
})
export type Chosen = z.infer<typeof chosenSchema>

/** The names of the fields, as in sentry-integration-schema.json. */
export const SETTING = {
  policy: 'policy',
  floor: 'severity_floor',
  ceiling: 'severity_ceiling',
  holdsFor: 'ceiling_holds_for',
} as const
const NAMES: readonly string[] = Object.values(SETTING)

export function isOurSetting(name: string | null): boolean {
  return name !== null && NAMES.includes(name)
}

/** Values that choose nothing. No policy can be called that: ids have no brackets. */
export const BY_ROUTES = '(routes)'
export const NO_LIMIT = 'none'
export const HOLDS_FOR = { most: 'most', everything: 'everything' } as const

const POLICY_ID = /^[a-z0-9][a-z0-9-]{0,62}$/
const MOST_IGNORED = 20

export interface ReadChoice {
  /** null: none of the settings is one of ours. */
  chosen: Omit<Chosen, 'rule' | 'at' | 'ignored'> | null
  /** Every setting that cannot be used, and why. */
  ignored: string[]
}

/** Reads settings as they came from Sentry. Never throws: what cannot be used is left out and named. */
export function readChoice(settings: Readonly<Record<string, string>>): ReadChoice {
  const ignored: string[] = []
  const given = (name: string): string => {
    const text = Object.hasOwn(settings, name) ? (settings[name] ?? '').trim() : ''
    return text === 'null' ? '' : text
  }
  const severity = (name: string): Chosen['floor'] => {
    const text = given(name)
    if (text === '' || text === NO_LIMIT) return null
    const known = severitySchema.safeParse(text.toUpperCase())
    if (known.success) return known.data
    ignored.push(`${name} is ${quote(text)}: expected P0, P1, P2 or P3`)
    return null
  }
  for (const name of Object.keys(settings)) {
    if (!isOurSetting(name)) ignored.push(`${quote(name)} is no setting of this integration`)
  }
  if (!NAMES.some(name => Object.hasOwn(settings, name))) return { chosen: null, ignored }
  let policy = given(SETTING.policy) === BY_ROUTES ? '' : given(SETTING.policy)
  if (policy !== '' && !POLICY_ID.test(policy)) {
    ignored.push(`${SETTING.policy} is ${quote(policy)}: expected the id of a policy`)
    policy = ''
  }
  let floor = severity(SETTING.floor)
  let ceiling = severity(SETTING.ceiling)
  if (floor !== null && ceiling !== null && floor < ceiling) {
    ignored.push(`the floor ${floor} is more severe than the ceiling ${ceiling}: neither holds`)
    floor = null
    ceiling = null
  }
  const holdsFor = given(SETTING.holdsFor)
  if (holdsFor !== '' && !Object.hasOwn(HOLDS_FOR, holdsFor)) {
    ignored.push(`${SETTING.holdsFor} is ${quote(holdsFor)}: expected ${Object.keys(HOLDS_FOR).join(' or ')}`)
  }
  const ceilingHidesAll = ceiling !== null && holdsFor === HOLDS_FOR.everything
  return { chosen: { policy: policy === '' ? null : policy, floor, ceiling, ceilingHidesAll }, ignored }
}

/**
 * What holds for an incident once this signal is known: the newest choice by signal time, as a whole. A signal that
 * chooses nothing takes nothing back. What could not be used is gathered, so that each is told once.
 */
export function newestChoice(known: Chosen | null, signal: Signal): Chosen | null {
  const { chosen, ignored } = readChoice(signal.settings)
  if (chosen === null && ignored.length === 0) return known
  const all = [...new Set([...(known?.ignored ?? []), ...ignored])].slice(0, MOST_IGNORED)
  // Another rule that was left alone takes nothing back either: somebody chose, and nobody chose otherwise.
  const leftAlone = chosen !== null && chosen.policy === null && chosen.floor === null && chosen.ceiling === null
  const others = leftAlone && known !== null && known.rule !== signal.facts.alertRule
  if (chosen !== null && !others && (known === null || signal.at >= known.at)) {
    return { ...chosen, rule: signal.facts.alertRule, at: signal.at, ignored: all }
  }
  return { ...(known ?? { ...NOTHING_CHOSEN, rule: signal.facts.alertRule }), ignored: all }
}

const NOTHING_CHOSEN: Chosen = {
  policy: null,
  floor: null,
  ceiling: null,
  ceilingHidesAll: false,
  rule: null,
  at: Number.MIN_SAFE_INTEGER,
  ignored: [],
}

/** `Sentry's alert rule "Checkout"`. */
export function whereChosen({ rule }: Pick<Chosen, 'rule'>): string {
  return rule === null ? "Sentry's alert rule" : `Sentry's alert rule "${rule}"`
}

/** "policy payments, at least P1, at most P2"; null when nothing is chosen. */
export function choiceInWords({ policy, floor, ceiling, ceilingHidesAll }: Chosen): string | null {
  const parts = [
    ...(policy === null ? [] : [`policy ${policy}`]),
    ...(floor === null ? [] : [`at least ${floor}`]),
    ...(ceiling === null
      ? []
      : [`at most ${ceiling}${ceilingHidesAll ? ', also for data loss, crash-free rate and spikes' : ''}`]),
  ]
  return parts.length === 0 ? null : parts.join(', ')
}

function quote(text: string): string {
  const short = maskText(text.slice(0, 200))
  return JSON.stringify(short.length > 60 ? `${short.slice(0, 60).toWellFormed()}…` : short)
}
