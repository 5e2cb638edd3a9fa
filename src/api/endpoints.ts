import { backlogEndpoints } from './backlog.ts'
import { deliveryEndpoints } from './deliveries.ts'
import { destinationEndpoints } from './destinations.ts'
import type { Endpoint } from './endpoint.ts'
import { incidentActEndpoints } from './incident-acts.ts'
import { incidentEndpoints } from './incidents.ts'
import { notificationEndpoints } from './notifications.ts'
import { quarantineEndpoints } from './quarantine.ts'
import { policyTable, routeTable, severityRuleTable } from './row-tables.ts'
import { rowEndpoints } from './rule-rows.ts'
import { rulesEndpoints } from './rules.ts'
import { sourceEndpoints } from './sources.ts'

export const API_PREFIX = '/api/v1'

/** Every operation below /api/v1: registered as routes and written into openapi.yaml from this one list. */
export const apiEndpoints: readonly Endpoint[] = [
  ...rulesEndpoints,
  ...rowEndpoints(severityRuleTable),
  ...rowEndpoints(routeTable),
  ...rowEndpoints(policyTable),
  ...destinationEndpoints,
  ...sourceEndpoints,
  ...incidentEndpoints,
  ...incidentActEndpoints,
  ...notificationEndpoints,
  ...backlogEndpoints,
  ...deliveryEndpoints,
  ...quarantineEndpoints,
]
