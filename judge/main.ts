import { systemClock } from '../src/platform/clock.ts'
import { readArguments } from './arguments.ts'
import { isGood, perIncident, printed } from './report.ts'
import { type Run, run } from './run.ts'
import { SCENARIOS } from './scenarios/all.ts'
import { SWITCHES, type SwitchName } from './switches.ts'

/**
 * `npm run judge`: labelled scenarios through the real service, on a clock that only the simulator winds. Exit status 1
 * when anything was missed, invented, merged, split or paged other than once.
 */

const MOST_WITNESSES = 3
const began = systemClock.now()
const given = readArguments(process.argv.slice(2))
const chosen = SCENARIOS.filter(one => given.only.length === 0 || given.only.some(name => one.name.includes(name)))
const names = new Set(chosen.map(one => one.name))

if (given.list) {
  for (const { name, story, witnesses = [] } of chosen)
    console.log(`${name}\n    ${story}${witnesses.length === 0 ? '' : `\n    witness of ${witnesses.join(', ')}`}`)
} else if (names.size === 0) {
  console.error(`no scenario is named like ${given.only.join(', ')}; --list shows them`)
  process.exit(2)
} else if (given.withoutEach) await judgeTheJudge()
else {
  const result = await run(SCENARIOS, names, given.seed, given.without)
  const good = isGood(result)
  const { paged, mustPage, findings } = result.assessment
  if (given.json)
    console.log(JSON.stringify({ seed: given.seed, good, ...result.assessment, refused: result.outcome.refused }))
  else {
    console.log(printed(result, given.seed))
    for (const line of result.outcome.errors.slice(0, 5)) console.log(`  error logged: ${line.trim().slice(0, 400)}`)
    const what = `${result.scenarios} scenarios, ${findings.length} findings, ${perIncident(paged, mustPage)} pages per real incident`
    console.log(`\njudge: ${good ? 'ok' : 'FAILED'}, ${what}, in ${took()}`)
  }
  process.exit(good ? 0 : 1)
}

/** Each rule of judgement off, in turn: a run that finds nothing more without it would never notice that it is gone. */
async function judgeTheJudge(): Promise<never> {
  const all = Object.keys(SWITCHES) as SwitchName[]
  const witnessesOf = new Map(all.map(name => [name, witnesses(name)]))
  const everybody = new Set([...witnessesOf.values()].flat())
  const keysOf = ({ assessment }: Run) => assessment.findings.map(({ fault, scenario }) => `${fault} in ${scenario}`)
  const before = new Set(keysOf(await run(SCENARIOS, everybody, given.seed, [])))
  console.log(`with every rule: ${before.size === 0 ? 'nothing found' : [...before].join('; ')}`)
  const blind: SwitchName[] = []
  for (const [name, called] of witnessesOf) {
    const found = called.length === 0 ? [] : keysOf(await run(SCENARIOS, new Set(called), given.seed, [name]))
    const news = [...new Set(found)].filter(key => !before.has(key))
    if (news.length === 0) blind.push(name)
    const said = news.length === 0 ? `nothing more was found in ${called.join(', ') || 'no scenario'}` : news.join('; ')
    console.log(`${news.length > 0 ? '  noticed    ' : '  NOT NOTICED'} without ${name}: ${said}`)
  }
  const verdict = blind.length === 0 ? 'ok, every switch is noticed' : `FAILED, nothing notices ${blind.join(', ')}`
  console.log(`\njudge: ${verdict}, in ${took()}`)
  process.exit(blind.length === 0 ? 0 : 1)
}

/** The shortest are enough. */
function witnesses(name: SwitchName): string[] {
  const found = chosen.filter(one => one.witnesses?.includes(name))
  return found
    .sort((a, b) => a.lasts - b.lasts)
    .slice(0, MOST_WITNESSES)
    .map(one => one.name)
}

function took(): string {
  return `${((systemClock.now() - began) / 1000).toFixed(0)} s`
}
