import type { Verdict } from '../classify/verdict.ts'
import type { LatestEvent } from '../measure/impact-source.ts'
import { NO_FACTS } from '../signals/no-facts.ts'
import type { Signal } from '../signals/signal.ts'

/** Signals that are made here, out of another one or out of a measurement: never of a person's or Sentry's own words. */

/** The same moment, told of the project: crash-free and spike are facts about a project, not about an issue. */
export function aboutProject(signal: Signal, project: string, verdict: Verdict): Signal {
  return {
    ...signal,
    subject: { kind: 'project', project },
    intent: 'alert',
    metric: null,
    // What was chosen for the alert was not chosen for its project.
    settings: {},
    facts: {
      ...NO_FACTS,
      organization: signal.facts.organization,
      project,
      projectId: signal.facts.projectId,
      title: `${project}: ${verdict.reason.replace(/^P\d: /, '')}`,
      environment: signal.facts.environment,
      release: signal.facts.release,
      eventAt: signal.facts.eventAt,
      category: 'metric',
      // The project has no page of its own in an issue's webhook: the issue that made us look is where to look first.
      links: { ...signal.facts.links, event: null, replay: null },
    },
  }
}

/** The last signal an incident was judged by, told again by our own measuring; `turn` makes it a new one. */
export function measuredAgain(signal: Signal, turn: number, now: number): Signal {
  return {
    ...signal,
    id: `again-${turn}-${signal.id}`,
    origin: 'monitor',
    delivery: null,
    receivedAt: now,
    actor: null,
  }
}

/** A condition that we measured has ended, `at` that moment of Sentry's clock: what comes back is held against it. */
export function conditionEnded(signal: Signal, cause: string, turn: number, now: number, at: number): Signal {
  return {
    ...signal,
    id: `ended-${cause}-${turn}-${signal.id}`,
    origin: 'monitor',
    delivery: null,
    intent: 'resolve',
    at,
    receivedAt: now,
    actor: null,
  }
}

/**
 * Looked at without being told: a project whose sessions or exceptions may have passed a threshold. `at` is that moment of
 * Sentry's clock, as of everything that an end is held against.
 */
export function projectLookedAt(source: string, project: string, now: number, at: number): Signal {
  return {
    version: 1,
    id: `look-${source}-${project}-${now}`,
    source,
    delivery: null,
    origin: 'monitor',
    resource: 'project',
    action: 'looked-at',
    intent: 'alert',
    subject: { kind: 'project', project },
    at,
    receivedAt: now,
    actor: null,
    facts: { ...NO_FACTS, project, title: project, category: 'metric' },
    metric: null,
    settings: {},
  }
}

/** Calm for as long as its policy waits, `at` that moment of Sentry's clock. */
export function calmedDown(signal: Signal, turn: number, now: number, at: number): Signal {
  return { ...signal, id: `calm-${turn}-${signal.id}`, intent: 'resolve', at, receivedAt: now }
}

/** Something is wrong with a source itself. One signal per condition and five minutes: telling it often adds nothing. */
export function aboutSource(
  source: string,
  condition: string,
  title: string,
  intent: 'alert' | 'resolve',
  now: number,
): Signal {
  return {
    version: 1,
    id: `source-${intent}-${condition}-${Math.floor(now / 300_000)}-${source}`,
    source,
    delivery: null,
    origin: 'monitor',
    resource: 'source',
    action: condition,
    intent,
    subject: { kind: 'source', condition },
    at: now,
    receivedAt: now,
    actor: null,
    facts: { ...NO_FACTS, title },
    metric: null,
    settings: {},
  }
}

/** Lifecycle webhooks carry no tags, release or frame (getsentry/sentry#117168): the latest event lends them. Never numbers, never the environment. */
export function withLatestEvent(signal: Signal, latest: LatestEvent): Signal {
  const { facts } = signal
  return {
    ...signal,
    facts: {
      ...facts,
      event: facts.event ?? latest.event,
      release: facts.release ?? latest.release,
      transaction: facts.transaction ?? latest.transaction,
      handled: facts.handled ?? latest.handled,
      errorClass: facts.errorClass ?? latest.errorClass,
      frame: facts.frame ?? latest.frame,
      tags: { ...latest.tags, ...facts.tags },
      links: { ...facts.links, replay: facts.links.replay ?? latest.replay },
    },
  }
}
