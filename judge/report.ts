import type { Fault, Finding } from './assess.ts'
import type { Run } from './run.ts'

/** What a run found, for people: figures first, then every miss with its evidence. */
export function printed({ assessment, outcome, scenarios }: Run, seed: number): string {
  const { findings, timesToPage } = assessment
  const count = (...faults: Fault[]) => findings.filter(finding => faults.includes(finding.fault)).length
  const rows: [string, string | number][] = [
    ['scenarios, problems', `${scenarios}, ${assessment.problems}`],
    ['webhooks delivered, simulated time', `${outcome.delivered}, ${hours(outcome.simulatedMs)}`],
    ['P0 or P1 missed', count('missed')],
    ['told too late', count('late')],
    ['false pages', count('false page')],
    ['pages per real incident', perIncident(assessment.paged, assessment.mustPage)],
    ['time to page, p50 / p95, simulated', `${seconds(timesToPage, 0.5)} / ${seconds(timesToPage, 0.95)}`],
    ['wrong severity', count('wrong severity')],
    ['wrongly merged / split', `${count('merged')} / ${count('split')}`],
    ['wrongly left open, closed or invented', count('wrong end', 'invented')],
    ['webhooks not answered as they should', outcome.refused.length],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return [
    `seed ${seed}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...findings.map(said),
    ...outcome.refused.slice(0, 5),
  ].join('\n')
}

export function said({ fault, scenario, problem, expected, found, evidence }: Finding): string {
  return [
    `\n  ${fault.toUpperCase()} in ${scenario}: ${problem}`,
    `    expected ${expected}; found ${found}`,
    ...evidence,
  ].join('\n')
}

export function isGood({ assessment, outcome }: Run): boolean {
  return assessment.findings.length === 0 && outcome.refused.length === 0 && assessment.paged === assessment.mustPage
}

export function perIncident(paged: number, mustPage: number): string {
  return mustPage === 0 ? 'none to page' : (paged / mustPage).toFixed(2)
}

function seconds(all: readonly number[], share: number): string {
  const sorted = [...all].sort((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return value === undefined ? 'none' : `${(value / 1000).toFixed(0)} s`
}

function hours(ms: number): string {
  return `${(ms / 3_600_000).toFixed(1)} h`
}
