import type { Condition } from '../src/classify/condition.ts'
import type { RulesDocument } from '../src/rules/rules-document.ts'

/**
 * Each takes one rule of judgement away, by an edit of the rules' data that any operator could make. With it the run
 * must go wrong: else nobody would notice that the rule is gone.
 *
 * What is not here cannot be taken away by data: whose secret speaks for which source, one incident per key, who speaks
 * for a bad release, a metric alert and its issue as one, events counted once, the order of resolve and reopen, what
 * people archive or choose, a page that asks nothing first. The rows that catch what is left make no difference either:
 * without any row it is P2 all the same, because unknown is not harmless.
 */
export const SWITCHES = {
  'data-loss': without('data-loss'),
  'core-flow-failing': without('core-flow-failing'),
  'core-flows': document => ({ ...document, coreFlows: [] }),
  'many-users': without('many-users'),
  'only-new-or-growing': document => withRow(document, 'many-users', () => MANY_USERS),
  baseline: document => withFields(document, field => field === 'users-per-hour', 1e9, 'than'),
  strictness: withEqual,
  'uptime-failure': without('uptime-failure'),
  'numbers-missing': without('numbers-missing'),
  'crash-free': without('crash-free-alert', 'crash-free-production', 'crash-free-release'),
  'crash-free-alert': without('crash-free-alert'),
  'crash-free-monitored': without('crash-free-production', 'crash-free-release'),
  'crash-free-release': without('crash-free-release'),
  'least-sessions': document => withFields(document, field => field.endsWith('.sessions'), 1, 'value'),
  'unhandled-spike': without('unhandled-spike'),
  'metric-critical': without('metric-critical'),
  'outside-production': without('only-outside-production'),
  production: document => ({ ...document, production: ['nowhere'] }),
  'cap-warning': without('cap-warning'),
  'cap-workaround': without('cap-workaround'),
  cosmetic: without('cosmetic'),
  'flap-window': document => withSettings(document, { flapWindow: 'PT1S' }),
  polling: document => withSettings(document, { pollEvery: 'P1D' }),
  'measuring-again': document =>
    withSettings(document, {
      remeasureAfter: ['P1D'],
      coreFlowEvery: 'P1D',
      watchNear: 'P1D',
      watchActive: 'P1D',
      watchQuiet: 'P1D',
    }),
  'alert-over': document => withSettings(document, { alertOverAfter: 'P1D' }),
  'silence-noticed': document => withSettings(document, { silentAfter: 'P1D' }),
} satisfies Record<string, (document: RulesDocument) => RulesDocument>

export type SwitchName = keyof typeof SWITCHES

export function isSwitch(name: string): name is SwitchName {
  return Object.hasOwn(SWITCHES, name)
}

/** The document with these rules of judgement taken away. */
export function takeAway(document: RulesDocument, names: readonly SwitchName[]): RulesDocument {
  return names.reduce((edited, name) => SWITCHES[name](edited), document)
}

function without(...rows: string[]): (document: RulesDocument) => RulesDocument {
  return document => ({
    ...document,
    severityRules: document.severityRules.map(rule => (rows.includes(rule.id) ? { ...rule, enabled: false } : rule)),
  })
}

function withSettings(document: RulesDocument, settings: Partial<RulesDocument['settings']>): RulesDocument {
  return { ...document, settings: { ...document.settings, ...settings } }
}

const MANY_USERS: Condition = { field: 'users-per-hour', op: '>', value: 100 }

function withRow(document: RulesDocument, id: string, when: () => Condition): RulesDocument {
  return {
    ...document,
    severityRules: document.severityRules.map(rule => (rule.id === id ? { ...rule, when: when() } : rule)),
  }
}

/** Every comparison of such a field against this number instead, or (`than`) against so many times another field. */
function withFields(
  document: RulesDocument,
  isIt: (field: string) => boolean,
  number: number,
  against: 'value' | 'than',
): RulesDocument {
  return withComparisons(document, node => {
    if (!isIt(node.field) || !(against in node)) return node
    return against === 'value' ? { ...node, value: number } : { ...node, than: { ...node.than, factor: number } }
  })
}

/** Exactly on a threshold becomes the higher severity. */
function withEqual(document: RulesDocument): RulesDocument {
  const wider: Record<string, string> = { '>': '>=', '<': '<=' }
  return withComparisons(document, node =>
    typeof node.value === 'number' && node.value > 0 ? { ...node, op: wider[node.op] ?? node.op } : node,
  )
}

interface Compared {
  field: string
  op: string
  value?: unknown
  than?: object
}

function withComparisons(document: RulesDocument, edit: (node: Compared) => Compared): RulesDocument {
  const isCompared = (node: unknown): node is Compared =>
    typeof node === 'object' && node !== null && 'field' in node && 'op' in node
  const text = JSON.stringify(
    document.severityRules.map(({ when, ...rule }) => ({
      ...rule,
      when: JSON.parse(JSON.stringify(when, (_, node: unknown) => (isCompared(node) ? edit(node) : node))),
    })),
  )
  return { ...document, severityRules: JSON.parse(text) }
}
