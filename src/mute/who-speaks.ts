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

/** Pure. `holders` names open incidents only; `lately`: was that voice taken within the last minutes? */
export function whoSpeaks(
  incident: string,
  voice: Voice,
  holders: Holders,
  lately: (voice: string) => boolean = () => false,
): Speaks {
  return voice.as === 'project'
    ? projectSpeaks(incident, voice.covers, holders)
    : issueSpeaks(incident, voice, holders, lately)
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

function issueSpeaks(
  incident: string,
  voice: Extract<Voice, { as: 'issue' }>,
  holders: Holders,
  lately: (voice: string) => boolean,
): Speaks {
  if (voice.dataLoss) return { speaks: true, take: [], reason: 'data loss speaks for itself' }
  const flow = voice.flow ?? ''
  const take = [`issue:${flow}:${incident}`]
  const { project } = holders
  const paged = Object.entries(holders).find(
    ([key, holder]) => key === `issue:${flow}:${holder}` && holder !== incident,
  )
  // A payment provider that is down breaks several issues of one flow in the same minutes: that is one page. What breaks
  // it hours later may be something else, and speaks for itself.
  if (flow !== '' && paged !== undefined && project !== incident && lately(paged[0])) {
    const reason = `another issue has just paged for ${flow}`
    return { speaks: false, speaker: paged[1], hands: [], reason }
  }
  if (project === undefined || project === incident) return { speaks: true, take, reason: 'nobody else speaks' }
  if (flow === '' || holders[`covers:${flow}`] !== undefined) {
    const reason = 'the incident that speaks for its project has paged'
    return { speaks: false, speaker: project, hands: [], reason }
  }
  if (paged !== undefined) {
    return { speaks: false, speaker: paged[1], hands: [], reason: `another issue has already paged for ${flow}` }
  }
  return { speaks: true, take, reason: `another core flow (${flow}) speaks for itself` }
}
