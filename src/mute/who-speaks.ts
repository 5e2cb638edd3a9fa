/**
 * A bad release is one page: within a project, whoever pages first speaks for the project incident and the issues
 * behind it. Data loss always speaks for itself, and so does a core flow that the speaker's page did not name.
 */
export type Voice =
  /** A project incident; `covers`: the core flows its page names. */
  | { as: 'project'; covers: readonly string[] }
  /** An issue incident; `flow` null: no core flow. */
  | { as: 'issue'; flow: string | null; dataLoss: boolean }

/** Who holds which voice of a project now. Keys: `project`, `covers:<flow>`, `issue:<flow or empty>`. */
export type Holders = Readonly<Record<string, string>>

export type Speaks =
  /** It speaks; `take` are the voices it takes with it. */
  { speaks: true; take: string[]; reason: string } | { speaks: false; speaker: string; reason: string }

/** Pure. `holders` names open incidents only. */
export function whoSpeaks(incident: string, voice: Voice, holders: Holders): Speaks {
  if (voice.as === 'project') {
    const issue = Object.entries(holders).find(([key, holder]) => key.startsWith('issue:') && holder !== incident)
    if (issue !== undefined) {
      return {
        speaks: false,
        speaker: issue[1],
        reason: 'an issue of the same project has already paged; it speaks for both',
      }
    }
    return {
      speaks: true,
      take: ['project', ...voice.covers.map(flow => `covers:${flow}`)],
      reason: 'speaks for its suspects',
    }
  }
  if (voice.dataLoss) return { speaks: true, take: [], reason: 'data loss speaks for itself' }
  const flow = voice.flow ?? ''
  const project = holders.project
  if (project === undefined || project === incident)
    return { speaks: true, take: [`issue:${flow}`], reason: 'nobody else speaks' }
  if (flow === '' || holders[`covers:${flow}`] !== undefined) {
    return { speaks: false, speaker: project, reason: 'the incident of its project has paged and names it' }
  }
  const sameFlow = holders[`issue:${flow}`]
  if (sameFlow !== undefined && sameFlow !== incident) {
    return { speaks: false, speaker: sameFlow, reason: `another issue has already paged for ${flow}` }
  }
  return { speaks: true, take: [`issue:${flow}`], reason: `another core flow (${flow}) speaks for itself` }
}
