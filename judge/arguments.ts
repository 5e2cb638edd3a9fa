import { parseArgs } from 'node:util'
import { isSwitch, SWITCHES, type SwitchName } from './switches.ts'

export interface Arguments {
  seed: number
  /** Names of scenarios, or parts of them; empty: all. */
  only: string[]
  without: SwitchName[]
  withoutEach: boolean
  json: boolean
  list: boolean
}

export const DEFAULT_SEED = 20_261_123

/** Reads the command line; throws with what is wrong and what there is. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      without: { type: 'string', multiple: true, default: [] },
      'without-each': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  })
  const seed = Number(values.seed ?? DEFAULT_SEED)
  if (!Number.isSafeInteger(seed)) throw new Error(`--seed ${values.seed}: a whole number is needed`)
  const unknown = values.without.find(name => !isSwitch(name))
  if (unknown !== undefined) {
    throw new Error(`--without ${unknown}: there is no such switch; there are ${Object.keys(SWITCHES).join(', ')}`)
  }
  return {
    seed,
    only: values.only,
    without: values.without.filter(isSwitch),
    withoutEach: values['without-each'],
    json: values.json,
    list: values.list,
  }
}
