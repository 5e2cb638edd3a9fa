import { AUTOMATIC, envelope, INSTALLATION, isoTime, MARTA, ORGANIZATION, SENTRY } from './envelope.ts'
import { eventAlert, eventPayload } from './event-payload.ts'
import { type IssueOptions, issuePayload, issueWebhook } from './issue-payload.ts'
import { occurrence } from './occurrence-payload.ts'
import { SAMPLE_ISSUES as ISSUES, type Sample } from './sample.ts'

const TYPE_ERROR = "TypeError: Cannot read properties of undefined (reading 'displayPrice')"

const typeErrorIssue = (now: number, options: Partial<IssueOptions> = {}) =>
  issuePayload({ now, issue: ISSUES.typeError, title: TYPE_ERROR, events: 412, users: 320, ...options })

const OMAR = { type: 'user', id: '4712', name: 'Omar Haddad', email: 'omar@example.com' }

const activityAlert = (now: number, type: string, details: object = {}) =>
  envelope('triggered', {
    issue: typeErrorIssue(now),
    activity: { type, details },
    alert: {
      id: 53,
      title: 'Tell me when it changes',
      sentry_app_id: 12,
      url: `https://sentry.io/api/0/organizations/${ORGANIZATION}/workflows/53/`,
      web_url: `${SENTRY}/monitors/alerts/53/`,
    },
  })

/** Samples of everything that happens to an issue afterwards, and of what carries no alert. */
export const LIFECYCLE_SAMPLES: Readonly<Record<string, Sample>> = {
  'issue-created': {
    about: 'The TypeError as a new issue (issue.created): the same incident as its event_alert.',
    resource: 'issue',
    build: now => issueWebhook('created', typeErrorIssue(now)),
  },
  'issue-assigned': {
    about: 'Assigned in Sentry (issue.assigned): sets the owner, acknowledges nothing.',
    resource: 'issue',
    build: now => issueWebhook('assigned', typeErrorIssue(now, { assignedTo: OMAR }), MARTA, { assignee: OMAR }),
  },
  'issue-resolved': {
    about: 'Resolved in Sentry in release v2.4.2 (issue.resolved): resolves the incident.',
    resource: 'issue',
    build: now => {
      const resolved = { status: 'resolved' as const, substatus: null, statusDetails: { inRelease: 'v2.4.2' } }
      return issueWebhook('resolved', typeErrorIssue(now, resolved), MARTA, { resolution_type: 'in_release' })
    },
  },
  'issue-unresolved': {
    about: 'It came back (issue.unresolved, regressed): reopens the incident.',
    resource: 'issue',
    build: now => issueWebhook('unresolved', typeErrorIssue(now, { substatus: 'regressed' })),
  },
  'issue-ignored': {
    about: 'Ignored in Sentry (issue.ignored): mutes the incident.',
    resource: 'issue',
    build: now =>
      issueWebhook('ignored', typeErrorIssue(now, { status: 'ignored', substatus: 'archived_forever' }), MARTA),
  },
  'issue-archived': {
    about: 'Archived until it escalates (issue.archived): mutes the incident.',
    resource: 'issue',
    build: now =>
      issueWebhook(
        'archived',
        typeErrorIssue(now, { status: 'ignored', substatus: 'archived_until_escalating' }),
        MARTA,
      ),
  },
  'activity-regression': {
    about: 'An alert on the activity of an issue: it regressed (activity_alert.triggered).',
    resource: 'activity_alert',
    build: now => activityAlert(now, 'status_regression', { version: 'v2.4.3' }),
  },
  'activity-seer': {
    about: 'Seer found a root cause (activity_alert.triggered): nothing to do.',
    resource: 'activity_alert',
    build: now => activityAlert(now, 'seer_root_cause_completed', { summary: 'A renamed field of the price API.' }),
  },
  feedback: {
    about: 'User feedback (event_alert): attached to the issue it belongs to, opens nothing.',
    resource: 'event_alert',
    build: now => {
      const feedback = {
        message: 'The price is gone!',
        contact_email: 'buyer@example.com',
        associated_issue_id: ISSUES.typeError,
      }
      const said = occurrence({ now, type: 6001, title: 'User Feedback', subtitle: 'The price is gone!' })
      const about = { errorClass: 'User Feedback', message: 'The price is gone!', handled: null, level: 'info' }
      const event = eventPayload({ now, issue: ISSUES.feedback, ...about, contexts: { feedback }, occurrence: said })
      return eventAlert(event, 'Feedback')
    },
  },
  comment: {
    about: 'Somebody commented (comment.created): nothing to do.',
    resource: 'comment',
    build: now => {
      const about = { comment_id: 9001, issue_id: Number(ISSUES.typeError), project_slug: 'web-shop' }
      return envelope('created', { ...about, timestamp: isoTime(now), comment: 'Looking at it.' }, MARTA)
    },
  },
  installation: {
    about: 'The integration was installed (installation.created): nothing to do.',
    resource: 'installation',
    build: () => {
      const app = { uuid: '6d1c7d1e-2f1b-4b7e-8c35-0f8e5d9a7b21', slug: 'tocsin' }
      const installation = {
        status: 'installed',
        organization: { slug: ORGANIZATION },
        app,
        code: null,
        uuid: INSTALLATION,
      }
      return envelope('created', { installation }, MARTA)
    },
  },
  seer: {
    about: 'Seer opened a pull request (seer.pr_created): nothing to do.',
    resource: 'seer',
    build: () => {
      const pull_request = { pr_number: 58, pr_url: 'https://github.com/northwind/web-shop/pull/58', pr_id: 1 }
      const pull_requests = [{ pull_request, repo_name: 'web-shop', provider: 'github' }]
      return envelope('pr_created', { run_id: 77, group_id: Number(ISSUES.typeError), pull_requests }, AUTOMATIC)
    },
  },
  preprod: {
    about: 'A build was measured (preprod_artifact.size_analysis_completed): nothing to do.',
    resource: 'preprod_artifact',
    build: () => {
      const about = { buildId: '72', organizationSlug: ORGANIZATION, projectSlug: 'mobile-app', state: 'COMPLETED' }
      return envelope('size_analysis_completed', { ...about, platform: 'ANDROID', downloadSize: 28_100_000 })
    },
  },
  garbage: {
    about: 'Signed, but no JSON: accepted with 202 and kept in quarantine.',
    resource: 'event_alert',
    build: now => `{"action":"triggered","data":{"event":{"issue_id":"51","sent":${now},`,
  },
  'no-issue-id': {
    about: 'An issue without its id: accepted with 202 and kept in quarantine, with the path.',
    resource: 'issue',
    build: now => issueWebhook('created', { title: 'An issue that names nothing', lastSeen: isoTime(now) }),
  },
}
