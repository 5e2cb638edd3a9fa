import type { z } from 'zod'
import { severityRuleSchema } from '../classify/severity-rule.ts'
import { inhibitionSchema } from '../mute/inhibition.ts'
import { maintenanceWindowSchema } from '../mute/maintenance-window.ts'
import { policySchema, routeSchema } from '../route/escalation-table.ts'
import type { RulesDocument } from '../rules/rules-document.ts'
import type { Tag } from './endpoint.ts'
import { exampleInhibition, exampleMaintenance, examplePolicy, exampleRoute, exampleSeverityRule } from './examples.ts'
import type { Row } from './row-edits.ts'

/** One table of the rules document, edited row by row. */
export interface RowTable {
  tag: Tag & ('severity-rules' | 'routes' | 'policies' | 'maintenance' | 'inhibitions')
  /** The member of the document. */
  field: 'severityRules' | 'routes' | 'policies' | 'maintenance' | 'inhibitions'
  noun: string
  /** In operation ids: `createRoute`, `listRoutes`. */
  names: { one: string; many: string }
  schema: z.ZodType<Row>
  example: Row
  rows(document: RulesDocument): Row[]
  /** Where a new row goes unless the request says; null: order means nothing here, so it cannot be moved either. */
  placeOf: ((document: RulesDocument, row: unknown) => number) | null
  /** What names this row, as JSON pointers: removing it would break them. */
  usedAt(document: RulesDocument, id: string): string[]
}

export const routeTable: RowTable = {
  tag: 'routes',
  field: 'routes',
  noun: 'route',
  names: { one: 'Route', many: 'Routes' },
  schema: routeSchema,
  example: exampleRoute,
  rows: document => document.routes,
  // The shipped routes, one for each severity, take everything: only before them a new one is reached.
  placeOf: () => 0,
  usedAt: () => [],
}

export const severityRuleTable: RowTable = {
  tag: 'severity-rules',
  field: 'severityRules',
  noun: 'severity rule',
  names: { one: 'SeverityRule', many: 'SeverityRules' },
  schema: severityRuleSchema,
  example: exampleSeverityRule,
  rows: document => document.severityRules,
  // Among the rules about the same kind of incident, before the one that always holds.
  placeOf({ severityRules }, row) {
    const about = typeof row === 'object' && row !== null && 'about' in row ? row.about : null
    const total = severityRules.findIndex(rule => rule.about === about && rule.when === null)
    const last = severityRules.findLastIndex(rule => rule.about === about)
    return total >= 0 ? total : last >= 0 ? last + 1 : severityRules.length
  },
  usedAt: () => [],
}

export const policyTable: RowTable = {
  tag: 'policies',
  field: 'policies',
  noun: 'policy',
  names: { one: 'Policy', many: 'Policies' },
  schema: policySchema,
  example: examplePolicy,
  rows: document => document.policies,
  placeOf: null,
  usedAt: ({ routes }, id) =>
    routes.flatMap((route, index) => (route.policy === id ? [`/routes/${index}/policy`] : [])),
}

export const maintenanceTable: RowTable = {
  tag: 'maintenance',
  field: 'maintenance',
  noun: 'maintenance window',
  names: { one: 'MaintenanceWindow', many: 'MaintenanceWindows' },
  schema: maintenanceWindowSchema,
  example: exampleMaintenance,
  rows: document => document.maintenance,
  placeOf: null,
  usedAt: () => [],
}

export const inhibitionTable: RowTable = {
  tag: 'inhibitions',
  field: 'inhibitions',
  noun: 'inhibition',
  names: { one: 'Inhibition', many: 'Inhibitions' },
  schema: inhibitionSchema,
  example: exampleInhibition,
  rows: document => document.inhibitions,
  // The first that holds one back is the one that is named.
  placeOf: ({ inhibitions }) => inhibitions.length,
  usedAt: () => [],
}
