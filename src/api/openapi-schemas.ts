import { z } from 'zod'
import { comparisonSchema, conditionSchema, expressionSchema } from '../classify/condition.ts'
import { severityRuleSchema } from '../classify/severity-rule.ts'
import { verdictSchema } from '../classify/verdict.ts'
import { backlogEntrySchema } from '../deliver/backlog-entry.ts'
import { notificationSchema } from '../deliver/notification.ts'
import { actorSchema } from '../incidents/act.ts'
import { escalationSchema, incidentSchema, suspectSchema, timelineEntrySchema } from '../incidents/incident.ts'
import { coreFlowSchema } from '../measure/core-flow.ts'
import { issueImpactSchema, measuredSchema, projectImpactSchema } from '../measure/impact.ts'
import { inhibitionSchema } from '../mute/inhibition.ts'
import { maintenanceWindowSchema } from '../mute/maintenance-window.ts'
import { policySchema, routeSchema, stepSchema } from '../route/escalation-table.ts'
import { revisionSchema, rulesDocumentSchema, settingsSchema } from '../rules/rules-document.ts'
import { deliveryRecordSchema } from '../signals/delivery.ts'
import { quarantineEntrySchema } from '../signals/quarantine.ts'
import { destinationViewSchema, destinationWriteSchema } from './destinations.ts'
import type { Endpoint } from './endpoint.ts'
import { NO_BODY } from './endpoint.ts'
import { actAnswerSchema } from './incident-acts.ts'
import { isTimeName } from './outward.ts'
import { problemSchema } from './problem.ts'
import { silenceViewSchema } from './silences.ts'
import { sourceViewSchema, sourceWriteSchema } from './sources.ts'

/** Parts of the rules go both ways: as they are answered, and (`Write`) with their defaults optional. */
const BOTH_WAYS: Record<string, z.ZodType> = {
  Condition: conditionSchema,
  Comparison: comparisonSchema,
  Expression: expressionSchema,
  SeverityRule: severityRuleSchema,
  Route: routeSchema,
  Policy: policySchema,
  Step: stepSchema,
  CoreFlow: coreFlowSchema,
  MaintenanceWindow: maintenanceWindowSchema,
  Inhibition: inhibitionSchema,
  Settings: settingsSchema,
  Rules: rulesDocumentSchema,
}

const ANSWERED: Record<string, z.ZodType> = {
  ...BOTH_WAYS,
  Revision: revisionSchema,
  Destination: destinationViewSchema,
  Source: sourceViewSchema,
  Incident: incidentSchema,
  TimelineEntry: timelineEntrySchema,
  Suspect: suspectSchema,
  Escalation: escalationSchema,
  Verdict: verdictSchema,
  Measured: measuredSchema,
  IssueImpact: issueImpactSchema,
  ProjectImpact: projectImpactSchema,
  Notification: notificationSchema,
  Actor: actorSchema,
  ActAnswer: actAnswerSchema,
  BacklogEntry: backlogEntrySchema,
  Silence: silenceViewSchema,
  Delivery: deliveryRecordSchema,
  QuarantineEntry: quarantineEntrySchema,
  Problem: problemSchema,
}

const SENT: Record<string, z.ZodType> = {
  ...Object.fromEntries(Object.entries(BOTH_WAYS).map(([name, schema]) => [`${name}Write`, schema])),
  DestinationWrite: destinationWriteSchema,
  SourceWrite: sourceWriteSchema,
}

export type JsonSchema = { [keyword: string]: unknown }

/** Where a schema stands in the document. */
export type SchemaOf = (schema: z.ZodType) => JsonSchema

const uri = (id: string) => `#/components/schemas/${id}`

function capitalised(id: string): string {
  return `${id.slice(0, 1).toUpperCase()}${id.slice(1)}`
}

function registryOf(named: Record<string, z.ZodType>) {
  const registry = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id })
  return {
    registry,
    add(id: string, schema: z.ZodType) {
      if (registry.get(schema) === undefined) registry.add(schema, { id })
    },
    ref: (schema: z.ZodType): JsonSchema => ({ $ref: uri(registry.get(schema)?.id ?? 'unknown') }),
  }
}

/** The components of the document, and references to them for what is sent and what is answered. */
export function openApiSchemas(endpoints: readonly Endpoint[], others: Record<string, z.ZodType>) {
  const answered = registryOf({ ...ANSWERED, ...others })
  const sent = registryOf(SENT)
  for (const endpoint of endpoints) {
    const answersOne = endpoint.lines === null || endpoint.orDocument
    if (endpoint.status !== 204 && answersOne) answered.add(`${capitalised(endpoint.id)}Answer`, endpoint.response)
    if (endpoint.body !== NO_BODY) sent.add(`${capitalised(endpoint.id)}Body`, endpoint.documents ?? endpoint.body)
  }
  const components: Record<string, JsonSchema> = {
    ...cleaned(z.toJSONSchema(answered.registry, { uri, io: 'output', unrepresentable: 'any' }).schemas, true),
    ...cleaned(z.toJSONSchema(sent.registry, { uri, io: 'input' }).schemas, false),
  }
  return { components, answered: answered.ref as SchemaOf, sent: sent.ref as SchemaOf }
}

/** One schema by itself, for parameters. */
export function inlineSchema(schema: z.core.$ZodType): JsonSchema {
  const { $schema: _, '~standard': __, ...rest } = { ...z.toJSONSchema(schema, { io: 'input' }) } as JsonSchema
  return rest
}

function cleaned(schemas: Record<string, object>, outside: boolean): Record<string, JsonSchema> {
  const sorted = Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([id, schema]) => [id, clean(JSON.parse(JSON.stringify(schema)), outside)]))
}

function isJsonSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Without zod's marks; answered times as strings, as outward.ts makes them. */
function clean(schema: unknown, outside: boolean): JsonSchema {
  if (!isJsonSchema(schema)) return {}
  const { $schema: _, $id: __, id: ___, ...rest } = schema
  return outside ? (timesAsStrings(rest) as JsonSchema) : rest
}

function timesAsStrings(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(timesAsStrings)
  if (!isJsonSchema(schema)) return schema
  const entries = Object.entries(schema).map(([keyword, value]) => {
    if (keyword !== 'properties' || !isJsonSchema(value)) return [keyword, timesAsStrings(value)]
    const properties = Object.entries(value).map(([name, inner]) => {
      return [name, isTimeName(name) ? timeSchema(inner) : timesAsStrings(inner)]
    })
    return [keyword, Object.fromEntries(properties)]
  })
  return Object.fromEntries(entries)
}

/** A number, or a number or null, under a time's name. Anything else keeps its form. */
function timeSchema(schema: unknown): unknown {
  if (!isJsonSchema(schema)) return schema
  const branches = Array.isArray(schema.anyOf)
    ? schema.anyOf.map(branch => (isJsonSchema(branch) ? branch.type : ''))
    : []
  const types = [schema.type, ...branches].flat()
  if (!types.includes('number') && !types.includes('integer')) return timesAsStrings(schema)
  const type = types.includes('null') ? ['string', 'null'] : 'string'
  return { type, format: 'date-time' }
}
