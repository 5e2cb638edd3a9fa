import type { AliasStore } from '../incidents/alias-store.ts'
import { isProduction } from '../measure/production.ts'
import { causeKey } from '../signals/dedup-key.ts'
import { maskText } from '../signals/mask.ts'
import type { MetricReading, Signal } from '../signals/signal.ts'

/**
 * Brings signals about one monitor together: remembers which detector and which metric issue speak of which subject,
 * and gives a later signal by one of those names that subject, and the monitor as its cause.
 */
export function createFindSubject(aliases: AliasStore, production: () => readonly string[]) {
  return async function findSubject(told: Signal): Promise<Signal> {
    const signal = outsideProduction(told, production())
    const { source, subject, facts, metric } = signal
    if (facts.category !== 'metric' && metric === null) return signal
    if (subject.kind === 'issue') {
      const known = await aliases.find(source, `issue:${subject.issue}`)
      if (known === null) return signal
      // It is still spoken of: what is remembered of it is kept on.
      await aliases.remember(source, `issue:${subject.issue}`, known)
      return { ...signal, subject: known.subject, metric: known.rule === null ? null : spokenOf(signal, known.rule) }
    }
    const rule = metric?.rule.id ?? (subject.kind === 'metric' ? subject.detector : null)
    const known = subject.kind === 'metric' && rule !== null ? await aliases.find(source, `detector:${rule}`) : null
    const same = known?.subject ?? subject
    if (subject.kind === 'project' && rule !== null)
      await aliases.remember(source, `detector:${rule}`, { subject, rule })
    if (facts.issue !== null) await aliases.remember(source, `issue:${facts.issue}`, { subject: same, rule })
    const found = { ...signal, subject: same }
    await rememberMonitor(found)
    return found
  }

  /** Its issue may be listed with no more than its name, see join-monitor.ts. */
  async function rememberMonitor(signal: Signal): Promise<void> {
    const { source, subject, metric } = signal
    if (metric === null || (subject.kind !== 'project' && subject.kind !== 'metric')) return
    const { name } = metric.rule
    await aliases.rememberMonitor(source, subject.project, {
      subject,
      rule: causeKey(signal).slice('metric:'.length),
      // As lists show it.
      name: name === null ? null : maskText(name),
    })
  }
}

/** A project's incident is about production: an alert on another environment is a monitor of its own. */
function outsideProduction(signal: Signal, production: readonly string[]): Signal {
  const { subject, facts, metric } = signal
  if (subject.kind !== 'project' || isProduction(facts.environment, production)) return signal
  const windowMinutes = metric?.windowMinutes ?? null
  const measures = `${metric?.measures ?? 'other'}@${facts.environment}`
  return {
    ...signal,
    subject: { kind: 'metric', detector: metric?.rule.id ?? null, project: subject.project, measures, windowMinutes },
  }
}

/** A metric issue's lifecycle webhook says nothing of its monitor but that it went on or ended. */
function spokenOf(signal: Signal, rule: string): MetricReading {
  return {
    measures: 'other',
    aggregate: null,
    query: null,
    status: signal.intent === 'resolve' ? 'resolved' : 'open',
    value: null,
    threshold: null,
    direction: null,
    windowMinutes: null,
    rule: { id: rule, name: null },
    identifier: null,
  }
}
