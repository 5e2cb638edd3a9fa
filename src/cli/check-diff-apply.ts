import type { Json } from './api.ts'
import type { Given, Tools } from './command.ts'
import { CliError, EXIT, type ExitCode } from './exit-code.ts'
import { type FileProblem, placed, type RulesFile, readRulesFile, requireSet, sayProblem } from './rules-file.ts'

/** A document of ten thousand routes is checked in seconds. */
const LONG_MS = 120_000

/** A dry run. Null: it has problems, which have been told. */
async function tried(
  given: Given,
  tools: Tools,
  tell = sayProblem,
): Promise<{ file: RulesFile; body: Json; etag: string | null } | null> {
  const file = await readRulesFile(given.positionals[0] ?? '', tools)
  if (file.problems.length > 0) return told(file, file.problems, tools, tell)
  const query = { dryRun: 'true', prune: given.on('prune') ? 'true' : undefined }
  const { body, etag } = await tools.api.ask('POST', '/import', { query, body: file.document, timeoutMs: LONG_MS })
  if (body.problems.length > 0) return told(file, placed(file, body.problems), tools, tell)
  return { file, body, etag }
}

function told(file: RulesFile, problems: FileProblem[], tools: Tools, tell: typeof sayProblem): null {
  for (const one of problems) tools.say(tools.paint('red', tell(file.name, one)))
  tools.data({ valid: false, problems })
  return null
}

function sayDifference(body: Json, { say, paint }: Tools): void {
  if (!body.changes) say('nothing differs')
  for (const line of body.lines as string[]) {
    say(
      paint(
        line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : line.startsWith(' ') ? 'dim' : 'yellow',
        line,
      ),
    )
  }
}

/** `tocsin rules check`. */
export async function check(given: Given, tools: Tools): Promise<ExitCode> {
  const github = given.on('github')
  const done = await tried(given, tools, github ? annotation('error') : sayProblem)
  if (done === null) return EXIT.problems
  const { file, body } = done
  const warnings = (body.warnings as Json[]).map(({ path, message, suggestion, code }) => {
    const place = file.placeOf(path)
    return {
      code,
      path,
      message: `${message}: ${suggestion}`,
      line: place?.line ?? null,
      column: place?.column ?? null,
    }
  })
  for (const one of warnings) {
    tools.say(
      tools.paint(
        'yellow',
        github ? annotation('warning')(file.name, one) : `${sayProblem(file.name, one)} [${one.code}]`,
      ),
    )
  }
  tools.say(`${file.name} is valid${warnings.length === 0 ? '' : `, with ${warnings.length} warnings`}`)
  tools.data({ valid: true, problems: [], warnings, unset: file.unset })
  return given.on('strict') && warnings.length > 0 ? EXIT.problems : EXIT.fine
}

/** A line that GitHub shows beside the file (workflow commands of Actions). */
function annotation(kind: 'error' | 'warning') {
  const escaped = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  const property = (text: string) => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
  return (file: string, { path, message, line, column }: FileProblem) =>
    `::${kind} file=${property(file)},line=${line ?? 1},col=${column ?? 1}::${escaped(`${path} ${message}`.trim())}`
}

/** `tocsin rules diff`. */
export async function diff(given: Given, tools: Tools): Promise<ExitCode> {
  const done = await tried(given, tools)
  if (done === null) return EXIT.problems
  sayDifference(done.body, tools)
  const { changes, lines, revision, rules, records } = done.body
  tools.data({ changes, lines, revision, rules, records })
  return changes ? EXIT.problems : EXIT.fine
}

/** `tocsin rules apply`: what was looked at is what is applied, or nothing is. */
export async function apply(given: Given, tools: Tools): Promise<ExitCode> {
  const wanted = given.text('if-revision')
  if (wanted !== undefined && !/^[1-9]\d*$/.test(wanted))
    throw new CliError(EXIT.usage, '--if-revision takes the number of a revision, such as 12')
  const done = await tried(given, tools)
  if (done === null) return EXIT.problems
  const { file, body, etag } = done
  if (wanted !== undefined && Number(wanted) !== body.revision) {
    const words = `the rules are at revision ${body.revision}, not ${wanted}: look at "tocsin rules diff ${file.name}", then apply it again`
    throw new CliError(EXIT.conflict, words)
  }
  sayDifference(body, tools)
  if (given.on('dry-run')) {
    tools.data(body)
    return EXIT.fine
  }
  requireSet(file)
  const made = await tools.api.ask('POST', '/import', {
    query: { prune: given.on('prune') ? 'true' : undefined },
    body: file.document,
    version: etag ?? undefined,
    reason: given.text('message'),
    timeoutMs: LONG_MS,
  })
  tools.data(made.body)
  const { stopped, applied, revision } = made.body
  if (stopped !== null) {
    tools.warn(`stopped after ${made.body.done.join(', ')}: ${stopped}. Apply it again, and it goes on from there`)
    return EXIT.conflict
  }
  tools.say(applied ? `applied: revision ${revision}` : `nothing to do: revision ${revision} says the same`)
  return EXIT.fine
}
