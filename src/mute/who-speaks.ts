/**
 * A bad release is one page: within a project, whoever pages first speaks for the project incident and the issues
 * behind it. Data loss always speaks for itself, and so does a core flow that the speaker's page did not name.
 */
export type Voice =
  /** A project incident; `covers`: the core flows its page names. */
  | { as: 'project'; covers: readonly string[] }
  /** An issue incident; `flow` null: no core flow. */
  | { as: 'issue'; flow: string | null; dataLoss: boolean }

/**
 * Who holds which voice of a project now. Keys: `project` (one holder: whoever speaks for the project), `covers:<flow>`,
 * `issue:<flow or empty>:<incident>` (every issue that has paged).
 */
export type Holders = Readonly<Record<string, string>>

export type Speaks =
  /** It speaks; `take` are the voices it takes with it. */
  | { speaks: true; take: string[]; reason: string }
  /** `speaker` speaks for it; `hands`: the voices that the speaker takes on by that. */
  | { speaks: false; speaker: string; hands: string[]; reason: string }

/** Pure. `holders` names open incidents only. */
export function whoSpeaks(incident: string, voice: Voice, holders: Holders): Speaks {
  return voice.as === 'project' ? projectSpeaks(incident, voice.covers, holders) : issueSpeaks(incident, voice, holders)
}

function projectSpeaks(incident: string, covers: readonly string[], holders: Holders): Speaks {
  const take = ['project', ...covers.map(flow => `covers:${flow}`)]
  if (holders.project === incident) return { speaks: true, take, reason: 'speaks for its suspects already' }
  const first = holders.project ?? Object.entries(holders).find(([key]) => key.startsWith('issue:'))?.[1]
  if (first === undefined) return { speaks: true, take, reason: 'speaks for its suspects' }
  const reason = 'an issue of the same project has already paged; it speaks for both'
  // From now on that issue speaks for the project: the other issues behind it are told so too.
  return { speaks: false, speaker: first, hands: holders.project === undefined ? ['project'] : [], reason }
}

function issueSpeaks(incident: string, voice: Extract<Voice, { as: 'issue' }>, holders: Holders): Speaks {
  if (voice.dataLoss) return { speaks: true, take: [], reason: 'data loss speaks for itself' }
  const flow = voice.flow ?? ''
  const take = [`issue:${flow}:${incident}`]
  const { project } = holders
  if (project === undefined || project === incident) return { speaks: true, take, reason: 'nobody else speaks' }
  if (flow === '' || holders[`covers:${flow}`] !== undefined) {
    const reason = 'the incident that speaks for its project has paged'
    return { speaks: false, speaker: project, hands: [], reason }
  }
  const sameFlow = Object.entries(holders).find(([key, holder]) => key === `issue:${flow}:${holder}`)?.[1]
  if (sameFlow !== undefined && sameFlow !== incident) {
    return { speaks: false, speaker: sameFlow, hands: [], reason: `another issue has already paged for ${flow}` }
  }
  return { speaks: true, take, reason: `another core flow (${flow}) speaks for itself` }
}
