import type { ErrorCode } from '../errors.ts'
import type { Door, DoorAnswer } from './doors.ts'
import type { JsonSchema } from './openapi-schemas.ts'

/** The doors of Sentry's UI components, by sentry-integration-schema.json. */

const parameter = (name: string, description: string, example: string): JsonSchema => {
  return { name, in: 'query', required: false, schema: { type: 'string' }, description, example }
}
const signature: JsonSchema = {
  name: 'Sentry-App-Signature',
  in: 'header',
  required: true,
  schema: { type: 'string' },
  description: "HMAC-SHA256 of the raw body with the integration's client secret, hex; of an empty body for GET.",
  example: 'c2f5e9b1d04a7c8e6f3b2a1d9e8c7b6a5f4e3d2c1b0a99887766554433221100',
}
const INSTALLATION = '0c3f6d2e-5b1a-4f7c-9d38-6a1e2b7c4d90'
const searched = [
  signature,
  parameter('installationId', 'Which source is meant, where one names its installation', INSTALLATION),
  parameter('projectSlug', "The issue's project", 'web-shop'),
  parameter('query', 'What was typed so far', 'pay'),
]
const getErrors: ErrorCode[] = [
  'SIGNATURE_MISSING',
  'SIGNATURE_INVALID',
  'TOO_MANY_REQUESTS',
  'INTERNAL',
  'STORE_UNAVAILABLE',
]
const postErrors: ErrorCode[] = [...getErrors, 'BAD_REQUEST', 'BODY_TOO_LARGE']

const options = (example: object[]): DoorAnswer => ({
  status: 200,
  says: 'What there is to choose from',
  schema: {
    type: 'array',
    items: {
      type: 'object',
      properties: { label: { type: 'string' }, value: { type: 'string' }, default: { type: 'boolean' } },
      required: ['label', 'value'],
    },
  },
  example,
})
const linked: DoorAnswer = {
  status: 200,
  says: "Sentry's sidebar shows project#identifier and leads to webUrl",
  schema: {
    type: 'object',
    properties: { webUrl: { type: 'string' }, project: { type: 'string' }, identifier: { type: 'string' } },
    required: ['webUrl', 'project', 'identifier'],
  },
  example: {
    webUrl: 'https://tocsin.example.com/incidents/inc_5f2c8b7a9d3e41c6a0b8',
    project: 'web-shop',
    identifier: 'inc_5f2c8b7a9d3e41c6a0b8',
  },
}
const linkCall = (fields: object) => ({
  installationId: INSTALLATION,
  issueId: 5418821,
  webUrl: 'https://northwind.sentry.io/issues/5418821/',
  project: { slug: 'web-shop', id: 301 },
  actor: { type: 'user', id: 4711, name: 'Marta Lindqvist' },
  fields,
})
const REFUSALS = 'A refusal says why in `message`, which Sentry shows to whoever sits before its screen.'

export const uiDoors: readonly Door[] = [
  {
    id: 'listPoliciesForSentry',
    method: 'GET',
    path: '/webhooks/sentry/alert-rule-action/policies',
    summary: "The policies that Sentry's alert screen offers",
    description: 'Of the rules in force, by name; the first leaves it to the routes.',
    parameters: searched,
    body: null,
    answer: options([
      { label: 'As the escalation table says', value: '(routes)', default: true },
      { label: 'Page, then tell the channel', value: 'page-now' },
    ]),
    errors: getErrors,
  },
  {
    id: 'saveAlertRuleAction',
    method: 'POST',
    path: '/webhooks/sentry/alert-rule-action',
    summary: "Checks what is chosen in Sentry's alert screen before Sentry saves it",
    description: `Nothing is kept here: Sentry sends the settings with every alert that fires. ${REFUSALS}`,
    parameters: [signature],
    body: {
      fields: [
        { name: 'policy', value: 'page-now' },
        { name: 'severity_floor', value: 'P1' },
      ],
      installationId: INSTALLATION,
    },
    answer: {
      status: 200,
      says: 'It may be saved',
      schema: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
      example: { message: 'Saved.' },
    },
    errors: postErrors,
  },
  {
    id: 'listIncidentsForSentry',
    method: 'GET',
    path: '/webhooks/sentry/issue-link/incidents',
    summary: "The open incidents that Sentry's sidebar offers to link an issue to",
    description: "Of the calling source; the issue's project first, then the most severe.",
    parameters: searched,
    body: null,
    answer: options([{ label: 'P1 web-shop: TypeError: total is undefined', value: 'inc_5f2c8b7a9d3e41c6a0b8' }]),
    errors: getErrors,
  },
  {
    id: 'linkIssueFromSentry',
    method: 'POST',
    path: '/webhooks/sentry/issue-link/link',
    summary: 'Links a Sentry issue to an open incident',
    description: `Noted in the timeline, once however often the same call comes. ${REFUSALS}`,
    parameters: [signature],
    body: linkCall({ incident: 'inc_5f2c8b7a9d3e41c6a0b8' }),
    answer: linked,
    errors: postErrors,
  },
  {
    id: 'createIncidentFromSentry',
    method: 'POST',
    path: '/webhooks/sentry/issue-link/create',
    summary: 'Opens the incident of a Sentry issue, or links the one it has',
    description: `The issue is measured and judged as if an alert had named it. ${REFUSALS}`,
    parameters: [signature],
    body: linkCall({ title: 'TypeError: total is undefined', note: 'Seen by two customers on the phone.' }),
    answer: linked,
    errors: postErrors,
  },
]
