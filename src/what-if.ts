import { randomBytes } from 'node:crypto'
import type { AgainstAsked, Operations, SimulateAsked } from './api/operations.ts'
import { TocsinError } from './errors.ts'
import { matchCoreFlow } from './measure/core-flow.ts'
import { isProduction } from './measure/production.ts'
import { createFindSubject } from './pipeline/find-subject.ts'
import type { Pipeline } from './pipeline/pipeline.ts'
import type { Clock } from './platform/clock.ts'
import type { RulesApart } from './rules/rules-apart.ts'
import type { Parsed } from './sentry/parse-delivery.ts'
import type { Delivery } from './signals/delivery.ts'
import { NO_FACTS } from './signals/no-facts.ts'
import type { Signal } from './signals/signal.ts'
import type { Stores } from './stores.ts'
import type { Against } from './whatif/dry-flow.ts'
import { impactGiven } from './whatif/given-impact.ts'
import { fromLine, type Recorded } from './whatif/kept-signal.ts'
import type { ReplayLine } from './whatif/replay.ts'
import { simulate } from './whatif/simulate.ts'

export interface WhatIfDeps {
  stores: Stores
  pipeline: Pick<Pipeline, 'openFlow' | 'replay' | 'shadow' | 'keep'>
  /** Reads a payload as the door's worker would, and remembers nothing of it. */
  parse(delivery: Delivery): Parsed
  /** Where documents are checked. */
  checking: RulesApart
  clock: Clock
}

const DAY_MS = 86_400_000

/** What would happen: simulate, replay and shadow, as REST is given them. */
export function createWhatIf({ stores, pipeline, parse, checking, clock }: WhatIfDeps): Operations['whatIf'] {
  let replaying = false

  async function againstOf(asked: AgainstAsked): Promise<Against> {
    if (asked === 'current') return namedRevision(await stores.rules.current())
    if ('revision' in asked) {
      const found = await stores.rules.revision(asked.revision)
      if (found === null) throw new TocsinError('NOT_FOUND', `there is no revision ${asked.revision} of the rules`)
      return namedRevision(found)
    }
    if ('draft' in asked) {
      const found = await stores.drafts.read(asked.draft)
      if (found === null) throw new TocsinError('NOT_FOUND', `there is no draft "${asked.draft}"`)
      return { name: `draft ${found.value.name}`, number: 0, document: await valid(found.value.document) }
    }
    return { name: 'the document sent', number: 0, document: await valid(asked.document) }
  }

  async function valid(document: unknown) {
    const destinations = (await stores.destinations.list()).map(({ value: { id, kind } }) => ({ id, kind }))
    const result = await checking.validate(document, { destinations })
    if ('document' in result) return result.document
    const problems = result.problems.map(({ path, message }) => ({ path: `/against/document${path}`, message }))
    const [first] = problems
    throw new TocsinError('INVALID_INPUT', `${first?.path ?? ''} ${first?.message ?? 'the rules have mistakes'}`, {
      problems,
    })
  }

  async function signalOf(asked: SimulateAsked, at: number): Promise<Signal> {
    if (asked.payload !== undefined) return readPayload(asked.payload, at)
    if (asked.signal !== undefined) {
      const stored = await stores.deliveries.get(asked.signal)
      if (stored?.signal != null) return stored.signal
      const because = stored === null ? 'it is not known, or forgotten' : 'nothing is kept of what it told'
      throw new TocsinError('NOT_FOUND', `there is no signal of delivery "${asked.signal}": ${because}`)
    }
    if (asked.facts !== undefined) return madeUp(asked.facts, at)
    throw new TocsinError('INVALID_INPUT', 'give one of payload, signal and facts')
  }

  function readPayload({ resource, body, source }: NonNullable<SimulateAsked['payload']>, at: number): Signal {
    const id = `simulated-${randomBytes(6).toString('hex')}-0`
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const delivery = { id, source, resource, hookTimestamp: null, receivedAt: at, attempt: 0 }
    const parsed = parse({ ...delivery, body: text, encoding: 'utf8' })
    if (parsed.kind === 'signal') return parsed.signal
    const problems = parsed.problems.map(({ path, message }) => ({ path: `/payload/body${path}`, message }))
    const reason = `the payload would be put into quarantine: ${parsed.reason}`
    throw new TocsinError('INVALID_INPUT', reason, { problems })
  }

  /** What was measured when it was really judged; null: that is not kept (any more). */
  async function recordedOf({ id, receivedAt }: Signal): Promise<Recorded | null> {
    for await (const lines of stores.kept.read(receivedAt, Math.min(receivedAt + DAY_MS, clock.now()))) {
      const line = lines.find(text => text.includes(id))
      const kept = line === undefined ? null : fromLine(line)
      if (kept?.signal?.id === id && kept.recorded !== null) return kept.recorded
    }
    return null
  }

  async function impactOf(
    asked: SimulateAsked,
    signal: Signal,
    against: Against,
    at: number,
  ): Promise<Recorded | null> {
    const { impact } = asked
    if (impact === 'measured') return null
    if (impact === 'recorded') {
      const found = await recordedOf(signal)
      if (found !== null) return found
      throw new TocsinError('NOT_FOUND', 'what was measured for this signal is not kept (any more): ask for "measured"')
    }
    const { coreFlows, production } = against.document
    const facts = {
      coreFlow: matchCoreFlow(signal.facts, coreFlows),
      inProduction: isProduction(signal.facts.environment, production),
    }
    return { impact: impactGiven(impact, at, facts), projectDegraded: false, archived: false, suspects: [] }
  }

  return {
    async simulate(asked) {
      const at = asked.at ?? clock.now()
      const against = await againstOf(asked.against)
      // Known names of monitors are read; what this one would teach is not remembered.
      const aliases = { ...stores.aliases, remember: async () => {}, rememberMonitor: async () => {} }
      const findSubject = createFindSubject(aliases, () => against.document.production)
      const signal = await findSubject(await signalOf(asked, at))
      const recorded = await impactOf(asked, signal, against, at)
      const { state } = asked
      const answer = await simulate(pipeline.openFlow, { signal, against, recorded, state, at })
      const { id, resource, action, intent, subject, facts } = signal
      const about = { id, resource, action, intent, kind: subject.kind, title: facts.title, project: facts.project }
      return { ...answer, signal: about }
    },
    async replay(asked) {
      if (replaying) throw new TocsinError('CONFLICT', 'a replay is running at this process: try again when it is over')
      const against = await againstOf(asked.against)
      const now = clock.now()
      const from = asked.from ?? now - (asked.days ?? 7) * DAY_MS
      const to = asked.to ?? now
      await pipeline.keep()
      const { projects, source, differences } = asked
      return alone(pipeline.replay({ against, from, to, projects, source, differences }))
    },
    shadow: {
      async begin({ against, until, author }) {
        const { name, document } = await againstOf(against)
        const startedAt = clock.now()
        if (until <= startedAt) {
          const problems = [{ path: '/until', message: 'is over already: give a time to come' }]
          throw new TocsinError('INVALID_INPUT', '/until is over already: give a time to come', { problems })
        }
        const shadow = { id: randomBytes(8).toString('hex'), name, document, author, startedAt, until }
        await stores.shadow.begin(shadow)
        await pipeline.keep()
        return told(shadow)
      },
      async read() {
        const shadow = await stores.shadow.read()
        return shadow === null ? null : told(shadow)
      },
      async end() {
        const before = await stores.shadow.read()
        await stores.shadow.remove()
        await pipeline.keep()
        return before === null ? null : told(before)
      },
    },
  }

  async function* alone(lines: AsyncGenerator<ReplayLine>): AsyncGenerator<ReplayLine> {
    if (replaying) throw new TocsinError('CONFLICT', 'a replay is running at this process: try again when it is over')
    replaying = true
    try {
      yield* lines
    } finally {
      replaying = false
    }
  }

  async function told({ document: _, id: __, ...shadow }: NonNullable<Awaited<ReturnType<Stores['shadow']['read']>>>) {
    const { counts, differences } = await stores.shadow.found(0, MOST_SHOWN)
    return { ...shadow, running: clock.now() <= shadow.until, counts, differences }
  }
}

const MOST_SHOWN = 500

function namedRevision({ number, document }: { number: number; document: Against['document'] }): Against {
  return { name: `revision ${number}`, number, document }
}

/** A signal that nobody sent: an alert about an issue as described. */
function madeUp(facts: NonNullable<SimulateAsked['facts']>, at: number): Signal {
  const { source, about, project, ...rest } = facts
  const issue = about === 'issue' ? '0' : null
  return {
    version: 1,
    id: `simulated-${randomBytes(6).toString('hex')}`,
    ...{ source, delivery: null, resource: 'event_alert', action: 'triggered', intent: 'alert' },
    origin: 'webhook',
    subject: issue === null ? { kind: 'project', project } : { kind: 'issue', issue },
    ...{ at, receivedAt: at, actor: null, metric: null, settings: {} },
    facts: {
      ...NO_FACTS,
      ...{ title: 'simulated', project, issue, event: 'simulated', eventAt: at, category: 'error' },
      ...rest,
    },
  }
}
