import { type Act, type AlertRule, type Failure, HOUR, type Issue, MINUTE } from './happening.ts'

/** Sentry's own view of an issue from some moment on. */
export interface IssueState {
  at: number
  status: 'unresolved' | 'resolved' | 'ignored'
  substatus: string | null
  inRelease: string | null
  assignee: string | null
}

/** What Sentry tells of an issue without being asked. */
export type Told =
  | { at: number; what: 'issue'; action: string; byPerson: boolean }
  | { at: number; what: 'alert'; rule: AlertRule; failure: Failure }
  | { at: number; what: 'error'; failure: Failure }

export interface IssueLife {
  firstSeen: number
  /** Oldest first. */
  states: IssueState[]
  told: Told[]
}

/**
 * Lives an issue as Sentry does: created by its first failure, regressed by one after a resolve (not by one of a release
 * from before the fix), quiet while archived, and nothing at all said when an open issue spreads to more users.
 * `failures` in the order in which Sentry got them.
 */
export function liveIssue(issue: Issue, failures: readonly Failure[]): IssueLife {
  const born = failures[0]?.at ?? Number.POSITIVE_INFINITY
  const firstSeen =
    issue.usual === null ? Math.min(...failures.map(failure => failure.happened), born) : -issue.usual.days * 24 * HOUR
  const old = issue.usual !== null
  const states: IssueState[] = [
    {
      at: old ? Number.NEGATIVE_INFINITY : born,
      status: 'unresolved',
      substatus: old ? 'ongoing' : 'new',
      inRelease: null,
      assignee: null,
    },
  ]
  const told: Told[] = []
  const firedAt = new Map<string, number>()
  const now = () => states[states.length - 1] as IssueState
  const become = (at: number, change: Partial<IssueState>) => void states.push({ ...now(), ...change, at })
  const tell = (at: number, action: string, byPerson: boolean) => told.push({ at, what: 'issue', action, byPerson })
  /** Sentry marks what came back by an alert on new issues, too. */
  let back = !old

  const acts = [...issue.acts].sort((a, b) => a.at - b.at)
  for (const [n, failure] of failures.entries()) {
    for (let act = acts[0]; act !== undefined && act.at <= failure.at; act = acts[0]) {
      acts.shift()
      perform(act)
    }
    if (n === 0 && !old) tell(failure.at, 'created', false)
    if (now().status === 'resolved' && !isBeforeFix(failure)) {
      become(failure.at, { status: 'unresolved', substatus: 'regressed', inRelease: null })
      tell(failure.at, 'unresolved', false)
      back = true
    }
    if (now().status === 'unresolved') fire(failure, n)
    if (issue.project.feed) told.push({ at: failure.at, what: 'error', failure })
  }
  for (const act of acts) perform(act)
  return { firstSeen, states, told }

  function perform(act: Act): void {
    switch (act.does) {
      case 'resolve': {
        become(act.at, { status: 'resolved', substatus: null, inRelease: act.inRelease })
        tell(act.at, 'resolved', true)
        return
      }
      case 'archive':
        become(act.at, { status: 'ignored', substatus: 'archived_until_escalating' })
        tell(act.at, 'archived', true)
        return
      case 'unarchive':
        become(act.at, { status: 'unresolved', substatus: 'ongoing' })
        tell(act.at, 'unresolved', true)
        return
      case 'escalate':
        become(act.at, { status: 'unresolved', substatus: 'escalating' })
        tell(act.at, 'unresolved', false)
        back = true
        return
      case 'assign':
        become(act.at, { assignee: act.to })
        tell(act.at, 'assigned', true)
    }
  }

  /** "Next" is what comes after the release that ran when it was resolved. */
  function isBeforeFix(failure: Failure): boolean {
    const { inRelease, at } = states.findLast(state => state.status === 'resolved') as IssueState
    if (inRelease === null || failure.release === null) return false
    const order = issue.project.releases.map(release => release.version)
    const ran = issue.project.releases.filter(release => release.at <= at).at(-1)?.version ?? ''
    const place = order.indexOf(failure.release)
    return inRelease === 'next' ? place <= order.indexOf(ran) : place < order.indexOf(inRelease)
  }

  function fire(failure: Failure, n: number): void {
    for (const rule of issue.project.alerts) {
      if (failure.at - (firedAt.get(rule.name) ?? Number.NEGATIVE_INFINITY) < rule.frequency * MINUTE) continue
      if (rule.when.on === 'new' && !back) continue
      if (rule.when.on === 'seen-by' && usersInHour(failures, n) <= rule.when.users) continue
      firedAt.set(rule.name, failure.at)
      told.push({ at: failure.at, what: 'alert', rule, failure })
    }
    back = false
  }
}

function usersInHour(failures: readonly Failure[], upTo: number): number {
  const at = failures[upTo]?.at ?? 0
  const users = new Set<string>()
  for (let n = upTo; n >= 0; n -= 1) {
    const failure = failures[n]
    if (failure === undefined || failure.at <= at - HOUR) break
    if (failure.user !== null) users.add(failure.user)
  }
  return users.size
}

/** How Sentry sees it at a moment; null: it does not exist yet. */
export function stateAt(life: IssueLife, at: number): IssueState | null {
  return life.states.findLast(state => state.at <= at) ?? null
}
