import { z } from 'zod'
import { maskText } from '../signals/mask.ts'
import { NO_FACTS } from '../signals/no-facts.ts'
import type { Signal } from '../signals/signal.ts'
import { signalId } from '../signals/signal-id.ts'
import { toPerson, toSettings } from './parse-person.ts'
import { isObject, link, raw, section, sections, text, toText } from './payload-fields.ts'
import { organizationSlug } from './payload-links.ts'

/** The bodies that Sentry's UI components post, once their signature is verified. */

const person = { type: text, id: text, name: text }

/** Sentry's source: sentry_apps/external_requests/alert_rule_action_requester.py. */
const savedShape = z.object({ installationId: text, fields: sections({ name: text, value: raw }) })

/** Sentry's source: sentry_apps/external_requests/issue_link_requester.py. Ids come as numbers. */
const linkShape = z.object({
  installationId: text,
  issueId: text,
  webUrl: link,
  project: section({ id: text, slug: text }),
  actor: section(person),
  fields: raw,
})

export interface SavedAction {
  installation: string | null
  /** null: the body has no list of fields. */
  settings: Record<string, string> | null
}

export interface LinkCall {
  installation: string | null
  /** null: the body names no issue. */
  issue: string | null
  /** One of the form's fields, trimmed and masked; null: it was left empty. */
  field(name: string): string | null
  /** The call in our words: judged like an alert where the issue has no incident. The same bytes have the same id. */
  toSignal(source: string, action: 'link' | 'create', now: number): Signal
}

/** Null when the body is no JSON object. Never throws. */
export function readSavedAction(body: Buffer): SavedAction | null {
  const json = toObject(body)
  if (json === null) return null
  const { installationId, fields } = savedShape.parse(json)
  return { installation: installationId, settings: Array.isArray(json.fields) ? toSettings(fields) : null }
}

/** Null when the body is no JSON object. Never throws. */
export function readLinkCall(body: Buffer): LinkCall | null {
  const json = toObject(body)
  if (json === null) return null
  const call = linkShape.parse(json)
  const given = isObject(call.fields) ? call.fields : {}
  const field = (name: string) => {
    const value = Object.hasOwn(given, name) ? toText(given[name]) : null
    return value === null ? null : maskText(value.trim())
  }
  return {
    installation: call.installationId,
    issue: call.issueId,
    field,
    toSignal(source, action, now) {
      const resource = 'issue-link'
      const issue = call.issueId ?? ''
      return {
        version: 1,
        // The request's own id is not signed: only what is signed says that it is the same call.
        id: signalId({ source, resource: `${resource}.${action}`, body: body.toString('latin1'), hookTimestamp: null }),
        source,
        delivery: null,
        origin: 'webhook',
        resource,
        action,
        intent: 'alert',
        subject: { kind: 'issue', issue },
        at: now,
        receivedAt: now,
        actor: toPerson(call.actor),
        facts: {
          ...NO_FACTS,
          organization: organizationSlug(call.webUrl),
          project: call.project?.slug ?? call.project?.id ?? null,
          projectId: call.project?.id ?? null,
          issue,
          title: field('title') ?? `Sentry issue ${issue}`,
          category: 'error',
          links: { ...NO_FACTS.links, issue: call.webUrl },
        },
        metric: null,
        settings: {},
      }
    },
  }
}

function toObject(body: Buffer): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'))
    return isObject(json) ? json : null
  } catch {
    return null
  }
}
