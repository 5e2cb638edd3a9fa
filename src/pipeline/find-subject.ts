import type { AliasStore } from '../incidents/alias-store.ts'
import type { Signal } from '../signals/signal.ts'

/**
 * Brings signals about one monitor together: remembers which detector and which metric issue speak of which subject,
 * and gives a later signal by one of those names that subject.
 */
export function createFindSubject(aliases: AliasStore) {
  return async function findSubject(signal: Signal): Promise<Signal> {
    const { source, subject, facts, metric } = signal
    if (facts.category !== 'metric' && metric === null) return signal
    if (metric?.rule.id != null && subject.kind === 'project') {
      await aliases.remember(source, `detector:${metric.rule.id}`, subject)
      return signal
    }
    if (subject.kind === 'metric') {
      const known = subject.detector === null ? null : await aliases.find(source, `detector:${subject.detector}`)
      const same = known ?? subject
      if (facts.issue !== null) await aliases.remember(source, `issue:${facts.issue}`, same)
      return { ...signal, subject: same }
    }
    if (subject.kind === 'issue') {
      const known = await aliases.find(source, `issue:${subject.issue}`)
      return known === null ? signal : { ...signal, subject: known }
    }
    return signal
  }
}
