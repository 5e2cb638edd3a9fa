import { durationMs } from '../route/duration.ts'
import type { Policy, Target } from '../route/escalation-table.ts'
import { didYouMean } from '../suggest.ts'
import { checkWaits } from './check-waits.ts'
import type { Path, ProblemList } from './problem-list.ts'
import type { RulesDocument } from './rules-document.ts'

export interface KnownDestination {
  id: string
  kind: 'pagerduty' | 'slack' | 'backlog' | 'sentry'
}

const DAY_MS = 86_400_000
const LONGEST_DAYS = 366

/** Steps in time, targets that exist and can do what is asked of them, durations that make sense. */
export function checkPolicies(
  document: RulesDocument,
  destinations: readonly KnownDestination[],
  problems: ProblemList,
): void {
  const known = new Map(destinations.map(destination => [destination.id, destination]))
  for (const [index, policy] of document.policies.entries()) {
    if (problems.full) return
    const path = ['policies', index]
    checkDuration(policy.responseTime, [...path, 'responseTime'], problems)
    if (policy.whenCalm !== null) checkDuration(policy.whenCalm.after, [...path, 'whenCalm', 'after'], problems)
    if (policy.repeat !== null) checkDuration(policy.repeat.after, [...path, 'repeat', 'after'], problems)
    if (policy.staleAfter !== null) checkDuration(policy.staleAfter, [...path, 'staleAfter'], problems)
    checkTimes(policy, path, problems)
    checkWaits(policy, path, problems)
    checkAgain(policy, path, known, problems)
    checkTargets(policy, path, known, problems)
  }
  checkSettings(document, problems)
}

function checkTimes(policy: Policy, path: Path, problems: ProblemList): void {
  let before = -1
  for (const [index, step] of policy.steps.entries()) {
    const at = [...path, 'steps', index, 'after']
    if (index === 0) {
      if (step.after !== 'PT0S') problems.add(at, 'the first step is told at once: write "PT0S"')
      before = 0
      continue
    }
    const after = checkDuration(step.after, at, problems)
    if (after === null) continue
    if (after <= before)
      problems.add(at, 'steps go forward in time: this must be later than the step above (both count from the start)')
    before = Math.max(before, after)
  }
}

/** Beginning again, and going on after an answer that became stale, are for waking people. */
function checkAgain(
  { steps, repeat, staleAfter }: Policy,
  path: Path,
  known: ReadonlyMap<string, KnownDestination>,
  problems: ProblemList,
): void {
  const kinds = steps.flatMap(({ targets }) => targets.map(({ destination }) => known.get(destination)?.kind))
  if (kinds.some(kind => kind !== 'backlog')) return
  const tellsOnly = 'this policy tells only the backlog, so it would wake nobody. Add a PagerDuty or Slack destination'
  if (repeat !== null && repeat.times !== 0) problems.add([...path, 'repeat'], `${tellsOnly}, or set it to null`)
  if (staleAfter !== null) problems.add([...path, 'staleAfter'], `${tellsOnly}, or set it to null`)
}

function checkTargets(
  policy: Policy,
  path: Path,
  known: ReadonlyMap<string, KnownDestination>,
  problems: ProblemList,
): void {
  const told = new Map<string, number>()
  for (const [index, step] of policy.steps.entries()) {
    const here = new Set<string>()
    for (const [place, target] of step.targets.entries()) {
      if (problems.full) return
      const at = [...path, 'steps', index, 'targets', place]
      const destination = known.get(target.destination)
      if (destination === undefined) {
        const ids = [...known.keys()]
        problems.add(
          [...at, 'destination'],
          `unknown destination "${target.destination}".${didYouMean(target.destination, ids)} Create it under /destinations first.`,
        )
        continue
      }
      if (destination.kind === 'sentry') {
        problems.add([...at, 'destination'], `"${destination.id}" is Sentry itself: nobody is told anything there`)
        continue
      }
      checkMention(target, destination, at, problems)
      const said = `${target.destination} ${target.mention ?? ''}`
      if (here.has(said))
        problems.add([...at, 'destination'], `"${target.destination}" is told twice in this step: remove one`)
      here.add(said)
      const earlier = told.get(target.destination)
      if (destination.kind === 'pagerduty' && earlier !== undefined && earlier !== index) {
        problems.add(
          [...at, 'destination'],
          `step ${earlier + 1} already pages "${target.destination}": PagerDuty does not notify again for the same alert, so this would wake nobody. Name another destination`,
        )
      }
      if (earlier === undefined) told.set(target.destination, index)
    }
  }
}

/** Slack user, user group or bot ids. */
const SLACK_ID = /^[USW][A-Z0-9]{2,24}$/
const MENTIONS = ['team-lead', 'here', 'channel']

function checkMention({ mention }: Target, destination: KnownDestination, at: Path, problems: ProblemList): void {
  if (mention === null) return
  const path = [...at, 'mention']
  if (destination.kind !== 'slack') {
    problems.add(path, `"${destination.id}" is ${destination.kind}: only Slack can mention someone. Remove it`)
  } else if (!MENTIONS.includes(mention) && !SLACK_ID.test(mention)) {
    problems.add(
      path,
      `must be team-lead, here, channel, or a Slack user (U…) or user group (S…) id.${didYouMean(mention, MENTIONS)}`,
    )
  }
}

function checkSettings({ settings }: RulesDocument, problems: ProblemList): void {
  const { remeasureAfter, storm, silenceBreadth: _, silenceAnnouncedIn: __, ...durations } = settings
  if (storm !== null) checkDuration(storm.within, ['settings', 'storm', 'within'], problems)
  const ms = new Map(
    Object.entries(durations).map(([name, value]) => [name, checkDuration(value, ['settings', name], problems)]),
  )
  const [giveUp, fallback] = [ms.get('giveUpAfter') ?? null, ms.get('fallbackAfter') ?? null]
  if (giveUp !== null && fallback !== null && giveUp < fallback) {
    problems.add(
      ['settings', 'giveUpAfter'],
      `"${settings.giveUpAfter}" is shorter than fallbackAfter ("${settings.fallbackAfter}"): a failing page would be given up before its fallback is told. Make it at least as long`,
    )
  }
  let before = 0
  for (const [index, value] of remeasureAfter.entries()) {
    const path = ['settings', 'remeasureAfter', index]
    const after = checkDuration(value, path, problems)
    if (after !== null && after <= before)
      problems.add(path, 'must be later than the one before: all count from the verdict')
    before = Math.max(before, after ?? 0)
  }
}

/** Its milliseconds; null when it was refused. */
function checkDuration(iso: string, path: Path, problems: ProblemList): number | null {
  const ms = inMs(iso)
  if (ms >= 1_000 && ms <= LONGEST_DAYS * DAY_MS) return ms
  problems.add(path, `"${iso}" must be at least one second and at most ${LONGEST_DAYS} days`)
  return null
}

function inMs(iso: string): number {
  try {
    return durationMs(iso)
  } catch {
    // Beyond what Temporal can count.
    return Number.POSITIVE_INFINITY
  }
}
