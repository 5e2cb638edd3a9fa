import { NO_ISSUE_IMPACT } from '../src/measure/impact.ts'
import { hexId } from '../src/sandbox/samples/envelope.ts'
import { NO_FACTS } from '../src/signals/no-facts.ts'
import type { Signal } from '../src/signals/signal.ts'
import type { Against } from '../src/whatif/dry-flow.ts'
import type { Kept, Recorded } from '../src/whatif/kept-signal.ts'
import type { OpenFlow } from '../src/whatif/open-flow.ts'

const PROJECTS = 40
const ISSUES = 4_000
const DAY_MS = 86_400_000

/** Numbers that look random and are the same in every run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * A busy month: alerts about thousands of issues, a few of them most of the time, each judged by those rules as it came;
 * people answer after a quarter of an hour, and end it after a day or two.
 */
export async function* aMonthOfSignals(
  count: number,
  from: number,
  to: number,
  rules: Against,
  openFlow: OpenFlow,
): AsyncGenerator<Kept> {
  const random = randomFrom(7)
  let recorded: Recorded | null = null
  const flow = openFlow(rules, {
    asThingsStand: false,
    silenced: false,
    recorded() {
      if (recorded === null) throw new Error('nothing is judged yet')
      return recorded
    },
  })
  const actor = { via: 'slack' as const, at: null, id: 'U024BE7LH', name: 'Marta Lindqvist' }
  const answers: { at: number; incident: string; kind: 'acknowledge' | 'resolve' }[] = []
  const statuses = new Map<string, string>()
  const nothing = { again: null, signal: null, recorded: null, act: null, revision: null, own: null, project: null }

  for (let n = 0; n < count; n += 1) {
    const at = Math.floor(from + ((to - from) * n) / count)
    for (
      let step = await flow.step(at, id => statuses.get(id) === 'triggered');
      step !== null;
      step = await flow.step(at, id => statuses.get(id) === 'triggered')
    )
      for (const one of step) if (one.told.length > 0) yield { ...nothing, at: one.at, changes: changesOf([one]) }
    while ((answers[0]?.at ?? Number.POSITIVE_INFINITY) <= at) {
      const answer = answers.shift()
      if (answer === undefined) break
      const act =
        answer.kind === 'acknowledge'
          ? { kind: 'acknowledge' as const }
          : { kind: 'resolve' as const, release: null, reason: null }
      const id = `${answer.kind}-${answer.incident}-${answer.at}`
      await flow.act(answer.incident, act, actor, id, answer.at)
      const changes = changesOf(flow.happened())
      if (changes.length > 0)
        yield { ...nothing, at: answer.at, act: { incident: answer.incident, id, act, actor }, changes }
    }
    const issue = Math.floor(ISSUES * random() ** 3)
    const users = Math.floor(400 * random() ** 6)
    const signal = signalAbout(issue, at, n, random)
    recorded = impactOf(users, random() < 0.3, at)
    await flow.signal(signal, at)
    const happened = flow.happened()
    const judged = flow.judged()
    const own = judged?.own ?? null
    for (const { incident, action } of happened) {
      if (action !== 'open' && action !== 'reopen') continue
      answers.push({ at: at + 900_000, incident: incident.id, kind: 'acknowledge' })
      answers.push({ at: at + Math.floor(DAY_MS * (0.5 + 2 * random())), incident: incident.id, kind: 'resolve' })
    }
    answers.sort((a, b) => a.at - b.at)
    yield {
      ...nothing,
      ...{ at, signal, recorded, revision: 1, changes: changesOf(happened) },
      own: own === null ? null : { severity: own.severity, rule: own.rule },
    }
  }

  function changesOf(happened: Awaited<ReturnType<typeof flow.happened>>): Kept['changes'] {
    return happened.map(({ incident, action, told }) => {
      statuses.set(incident.id, incident.status)
      return {
        ...{ incident: incident.id, action, severity: incident.severity, status: incident.status },
        routes: incident.escalations.map(({ route }) => route),
        told: told.map(({ destination, mention, kind, pages }) => ({ destination, mention, kind, pages })),
        held: incident.quiet?.reason ?? null,
        silenced: false,
      }
    })
  }
}

function signalAbout(issue: number, at: number, n: number, random: () => number): Signal {
  const project = `project-${issue % PROJECTS}`
  const release = `${project}@2.${Math.floor(random() * 30)}.0`
  const transaction = `/api/v2/area-${issue % 97}/action-${issue % 13}`
  return {
    version: 1,
    id: `s-${hexId('signal', n).slice(0, 24)}`,
    ...{ source: 'default', delivery: `d-${n}`, origin: 'webhook', resource: 'event_alert', action: 'triggered' },
    intent: 'alert',
    subject: { kind: 'issue', issue: String(7_000_000 + issue) },
    ...{ at, receivedAt: at + 40, actor: null, metric: null, settings: {} },
    facts: {
      ...NO_FACTS,
      ...{ project, issue: String(7_000_000 + issue), event: hexId('event', n), category: 'error', level: 'error' },
      title: `TypeError: Cannot read properties of undefined (reading 'field${issue}')`,
      ...{ environment: random() < 0.85 ? 'production' : 'staging', release, transaction, handled: random() < 0.6 },
      ...{
        errorClass: 'TypeError',
        eventAt: at,
        firstSeen: at - 86_400_000,
        user: hexId('user', n),
        alertRule: 'Errors',
      },
      tags: {
        browser: `Firefox ${120 + Math.floor(random() * 9)}`,
        os: random() < 0.5 ? 'Windows 11' : 'macOS 15',
        release,
        transaction,
        server_name: `web-${Math.floor(random() * 12)}`,
        level: 'error',
        ...(random() < 0.005 ? { data_loss: 'true' } : {}),
      },
    },
  }
}

function impactOf(users: number, isNew: boolean, at: number): Recorded {
  const measured = (value: number) => ({ value, source: 'sentry' as const, at, windowSeconds: 3_600 })
  const issue = { ...NO_ISSUE_IMPACT, users: measured(users), events: measured(users * 2), isNew, inProduction: true }
  const impact = { at, issue, project: null, degraded: false, gaps: [] }
  return { impact, projectDegraded: false, archived: false, suspects: [] }
}
