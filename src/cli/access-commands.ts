import type { Command } from './command.ts'
import { CliError, EXIT } from './exit-code.ts'

export const accessCommands: readonly Command[] = [
  {
    name: 'whoami',
    about: 'Whose key this is, and what it may',
    takes: [],
    options: {},
    example: 'tocsin whoami',
    async run(_given, { api, say, data }) {
      const { body } = await api.ask('GET', '/whoami')
      data(body)
      say(
        `${body.name}: ${body.role}${body.projects === null ? '' : `, of ${body.projects.join(', ') || 'no project'}`}`,
      )
      return EXIT.fine
    },
  },
  {
    name: 'audit verify',
    about: 'Check the chain of the audit trail; exit code 1 when it is broken',
    takes: [],
    options: {
      noted: { type: 'string', value: 'NUMBER:HASH', about: 'An end that was told earlier, and must be found again' },
    },
    details:
      'Takes a key with the role admin. A chain that was cut or written anew holds together too: note its end\nelsewhere now and then, and ask for it with --noted.',
    example: 'tocsin audit verify',
    async run(given, { api, say, data }) {
      const noted = given.text('noted')
      const [, number, hash] = /^(\d+):([0-9a-f]{64})$/.exec(noted ?? '') ?? []
      if (noted !== undefined && number === undefined)
        throw new CliError(EXIT.usage, '--noted takes what an earlier call told: NUMBER:HASH')
      const { body } = await api.ask('GET', '/audit/verify', { query: { number, hash }, timeoutMs: 120_000 })
      data(body)
      if (!body.valid) {
        say(`broken at entry ${body.broken?.number}: ${body.broken?.reason}`)
        return EXIT.problems
      }
      say(
        `${body.entries} entries hold${body.end === null ? '' : `; note the end: ${body.end.number}:${body.end.hash}`}`,
      )
      return EXIT.fine
    },
  },
]
