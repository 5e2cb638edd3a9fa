import type { Incident } from '../incidents/incident.ts'
import { cleanText, crashFreeWords, numberWords, worstCrashFree } from './message-words.ts'

/**
 * What is wrong, in one line of clean text of any length. A project incident has no title of its own worth waking
 * up for: its number, the threshold and the issues behind it say more.
 */
export function whatHappened(incident: Incident): string {
  const breach = incident.kind === 'project' ? breachWords(incident) : null
  return breach ?? (cleanText(incident.title) || 'untitled')
}

/** `[P0] web: TypeError: …`; for a project incident the sentence names the project itself. */
export function headline(incident: Incident): string {
  const what = whatHappened(incident)
  const project = incident.project === null ? '' : cleanText(incident.project, 200)
  const prefix = project === '' || what.includes(` in ${project}`) ? '' : `${project}: `
  return `[${incident.severity}] ${prefix}${what}`
}

/** "Crash-free 90 % of 1,200 sessions in web (threshold below 95 %); suspects: A; B". Null when no number is known. */
function breachWords(incident: Incident): string | null {
  const crashFree = worstCrashFree(incident)
  const spike = incident.projectImpact?.unhandledPerMinute ?? null
  const about = [...incident.verdict.evidence.map(one => one.says), incident.verdict.reason].join('; ')
  // Both may be measured; the one that the verdict speaks of is the one that fired.
  const bySpike = spike !== null && (crashFree === null || !/crash-free/i.test(incident.verdict.reason))
  if (crashFree === null && !bySpike) return null
  const number =
    bySpike || crashFree === null
      ? `${numberWords(spike?.value ?? 0)} unhandled exceptions in one minute`
      : crashFreeWords(crashFree)
  const project = incident.project === null ? '' : ` in ${incident.project}`
  const threshold = /threshold ((?:[^;,()]|,(?=\d))+)/i.exec(about)?.[1]?.trim()
  const limit = threshold === undefined ? '' : ` (threshold ${threshold})`
  const titles = incident.suspects.slice(0, 5).map(suspect => suspect.title)
  const more = incident.suspects.length > titles.length ? ` and ${incident.suspects.length - titles.length} more` : ''
  const suspects = titles.length === 0 ? '' : `; suspects: ${titles.join('; ')}${more}`
  return cleanText(`${number}${project}${limit}${suspects}`)
}
