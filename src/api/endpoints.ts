import { apiKeyEndpoints } from './api-keys.ts'
import { asCodeEndpoints } from './as-code.ts'
import { auditEndpoints } from './audit.ts'
import { backlogEndpoints } from './backlog.ts'
import { bulkEditEndpoints } from './bulk-edits.ts'
import { deliveryEndpoints } from './deliveries.ts'
import { destinationEndpoints } from './destinations.ts'
import { draftPublishingEndpoints } from './draft-publishing.ts'
import { draftEndpoints } from './drafts.ts'
import type { Endpoint } from './endpoint.ts'
import { incidentActEndpoints } from './incident-acts.ts'
import { incidentEndpoints } from './incidents.ts'
import { muteEndpoints } from './mutes.ts'
import { notificationEndpoints } from './notifications.ts'
import { quarantineEndpoints } from './quarantine.ts'
import { inhibitionTable, maintenanceTable, policyTable, routeTable, severityRuleTable } from './row-tables.ts'
import { ruleFieldEndpoints } from './rule-fields.ts'
import { rowEndpoints } from './rule-rows.ts'
import { rulesEndpoints } from './rules.ts'
import { silenceEndpoints } from './silences.ts'
import { sourceEndpoints } from './sources.ts'
import { whatIfEndpoints } from './what-if.ts'
import { whoamiEndpoints } from './whoami.ts'

export const API_PREFIX = '/api/v1'

/** Every operation below /api/v1: registered as routes and written into openapi.yaml from this one list. */
export const apiEndpoints: readonly Endpoint[] = [
  ...rulesEndpoints,
  ...ruleFieldEndpoints,
  ...asCodeEndpoints,
  ...draftEndpoints,
  ...draftPublishingEndpoints,
  ...bulkEditEndpoints,
  ...whatIfEndpoints,
  ...rowEndpoints(severityRuleTable),
  ...rowEndpoints(routeTable),
  ...rowEndpoints(policyTable),
  ...rowEndpoints(maintenanceTable),
  ...rowEndpoints(inhibitionTable),
  ...muteEndpoints,
  ...silenceEndpoints,
  ...destinationEndpoints,
  ...sourceEndpoints,
  ...incidentEndpoints,
  ...incidentActEndpoints,
  ...notificationEndpoints,
  ...backlogEndpoints,
  ...deliveryEndpoints,
  ...quarantineEndpoints,
  ...whoamiEndpoints,
  ...apiKeyEndpoints,
  ...auditEndpoints,
]
