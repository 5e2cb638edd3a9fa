import { eventAlert, eventPayload } from './event-payload.ts'
import { CRASH_FREE_SESSIONS, metricAlert } from './metric-alert-payload.ts'
import { SAMPLE_ISSUES as ISSUES, type Sample } from './sample.ts'

/** Alerts whose rule says, in Sentry's own screen, who is told and how severe it may be (sentry-integration-schema.json). */

const invoiceEvent = (now: number) =>
  eventPayload({
    now,
    issue: ISSUES.chosen,
    errorClass: 'InvoiceNumberError',
    message: 'invoice number was given twice',
    transaction: 'POST /invoices',
    handled: true,
  })

const archiveEvent = (now: number) =>
  eventPayload({
    now,
    issue: ISSUES.ceiling,
    errorClass: 'ArchiveTimeout',
    message: 'archiving took longer than 30 s',
    transaction: 'job.archive',
  })

export const CHOSEN_SAMPLES: Readonly<Record<string, Sample>> = {
  'chosen-floor-and-policy': {
    about: 'An alert rule that asks for at least P1 and the policy p0 (event_alert): pages, whatever is measured.',
    resource: 'event_alert',
    build: now =>
      eventAlert(invoiceEvent(now), 'Invoices', [
        { name: 'policy', value: 'p0' },
        { name: 'severity_floor', value: 'P1' },
        { name: 'severity_ceiling', value: 'none' },
      ]),
  },
  'chosen-ceiling': {
    about: 'An alert rule that asks for at most P3 (event_alert): backlog, whatever is measured.',
    resource: 'event_alert',
    build: now =>
      eventAlert(archiveEvent(now), 'Archive jobs', [
        { name: 'policy', value: '(routes)' },
        { name: 'severity_ceiling', value: 'P3' },
      ]),
  },
  'chosen-ceiling-not-for-crash-free': {
    about: 'Crash-free sessions fell, by an alert rule with the ceiling P2 (metric_alert): P0 all the same.',
    resource: 'metric_alert',
    build: now =>
      metricAlert({
        now,
        action: 'critical',
        rule: '4024',
        name: 'Kiosk app crashes',
        aggregate: CRASH_FREE_SESSIONS,
        window: 60,
        said: '88.4% sessions crash free rate',
        direction: 'below',
        critical: 95,
        project: 'kiosk-app',
        settings: [
          { name: 'policy', value: '(routes)' },
          { name: 'severity_ceiling', value: 'P2' },
          { name: 'ceiling_holds_for', value: 'most' },
        ],
      }),
  },
}
