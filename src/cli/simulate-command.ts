import { systemClock } from '../platform/clock.ts'
import type { Json } from './api.ts'
import type { Command, Given, Tools } from './command.ts'
import { CliError, EXIT } from './exit-code.ts'
import { didYouMean } from './nearest.ts'
import { isObject, readRulesFile, sayProblem } from './rules-file.ts'

/** Whatever was given, as the API is asked. Throws CliError. */
async function askedFor(given: Given, tools: Tools): Promise<Record<string, unknown>> {
  const [name] = given.positionals
  const signal = given.text('signal')
  if ((name === undefined) === (signal === undefined))
    throw new CliError(
      EXIT.usage,
      'give one of these: a file with what Sentry sends, the name of a sample, or --signal ID',
    )
  if (name === undefined) return { signal }
  if (/[./]/.test(name) || name === '-') return fromFile(await tools.readFile(name), name, given.text('resource'))
  // Read when they are needed: every other command starts without them.
  const [{ SAMPLES }, { serialize }] = await Promise.all([
    import('../sandbox/samples/samples.ts'),
    import('../sandbox/samples/serialize.ts'),
  ])
  const sample = Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined
  if (sample === undefined) {
    const near = didYouMean(name, Object.keys(SAMPLES)) || `: there are ${Object.keys(SAMPLES).join(', ')}`
    throw new CliError(EXIT.usage, `there is no sample "${name}"${near}; a file has a dot or a slash in its name`)
  }
  return { payload: { resource: sample.resource, body: serialize(sample.build(systemClock.now())) } }
}

function fromFile(text: string, name: string, resource: string | undefined): Record<string, unknown> {
  const body = parsed(text, name)
  if (!isObject(body)) throw new CliError(EXIT.usage, `${name} holds no payload: what Sentry posts is a JSON object`)
  if ('payload' in body || 'facts' in body || 'signal' in body) return body
  const guessed = resource ?? guess(body.data)
  if (guessed === null)
    throw new CliError(
      EXIT.usage,
      `say what ${name} is with --resource, as Sentry-Hook-Resource does: issue, event_alert …`,
    )
  return { payload: { resource: guessed, body } }
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const place = error instanceof Error ? (/\(line \d+ column \d+\)/.exec(error.message)?.[0] ?? '') : ''
    throw new CliError(EXIT.usage, `${name} is not JSON ${place}`.trim())
  }
}

function guess(data: unknown): string | null {
  if (!isObject(data)) return null
  const kinds = { metric_alert: 'metric_alert', event: 'event_alert', issue: 'issue', error: 'error' }
  return Object.entries(kinds).find(([member]) => member in data)?.[1] ?? null
}

async function against(text: string | undefined, tools: Tools): Promise<unknown> {
  if (text === undefined || text === 'current') return 'current'
  const [, kind, id] = /^(draft|revision):(.+)$/.exec(text) ?? []
  if (kind === 'draft') return { draft: id }
  if (kind === 'revision') return { revision: Number(id) }
  const file = await readRulesFile(text, tools)
  const [problem] = file.problems
  if (problem !== undefined) throw new CliError(EXIT.problems, sayProblem(text, problem))
  return { document: file.document.rules }
}

/** What repeats until somebody answers is understood by then. */
const MOST_STEPS = 8

function say(answer: Json, { say, paint }: Tools): void {
  const { verdict, outcome, incidents, against: rules, signal } = answer
  say(`${signal.title} (${signal.project ?? 'no project'}), under ${rules}`)
  if (verdict !== null) say(paint('bold', verdict.reason))
  say(`${outcome.outcome}: ${outcome.reason}`)
  for (const incident of incidents as Json[]) {
    say(`\n${incident.action} ${incident.severity} "${incident.title}": ${incident.reason}`)
    for (const { route, policy } of incident.routes) say(`  route ${route}, policy ${policy}`)
    for (const { reason } of incident.heldBack) say(paint('yellow', `  held back: ${reason}`))
    const steps = incident.steps as Json[]
    for (const step of steps.slice(0, MOST_STEPS)) {
      const targets = (step.told as Json[]).map(({ destination, pages, mention }) => {
        return `${destination}${pages ? ' (pages)' : ''}${mention === null ? '' : ` @${mention}`}`
      })
      say(`  ${step.at}  ${targets.join(', ') || 'nobody'}`)
    }
    if (incident.goesOn || steps.length > MOST_STEPS) say('  and so on (all of them with --json)')
  }
}

export const simulateCommand: Command = {
  name: 'rules simulate',
  about: 'What would happen to one webhook: verdict, route, each step with its time; nothing is sent',
  takes: ['[FILE|SAMPLE]'],
  options: {
    against: { type: 'string', value: 'RULES', about: 'current (default), draft:ID, revision:N, or a file of rules' },
    resource: { type: 'string', value: 'NAME', about: 'What the file is, where it does not say: issue, event_alert …' },
    signal: { type: 'string', value: 'ID', about: 'A webhook delivery that is kept, in place of a file' },
    users: { type: 'string', value: 'N', about: 'As if so many users were hurt in the last hour' },
    recorded: { type: 'boolean', about: 'With --signal: with the numbers of that time' },
  },
  details: 'SAMPLE is a name that "npm run sample" lists. Takes a key with the role viewer.',
  example: 'tocsin rules simulate payment-failure --against rules.yaml',
  async run(given, tools) {
    const asked = await askedFor(given, tools)
    const users = given.text('users')
    if (users !== undefined && !/^\d{1,9}$/.test(users)) throw new CliError(EXIT.usage, '--users takes a number')
    const impact = users === undefined ? (given.on('recorded') ? 'recorded' : undefined) : { users: Number(users) }
    const rules = await against(given.text('against'), tools)
    const body = { ...asked, against: rules, ...(impact === undefined ? {} : { impact }) }
    const { body: answer } = await tools.api.ask('POST', '/rules/simulate', { body, timeoutMs: 60_000 })
    tools.data(answer)
    say(answer, tools)
    return EXIT.fine
  },
}
