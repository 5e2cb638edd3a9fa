import { FILE_HEAD } from '../platform/file-head.ts'
import { writeYaml } from '../platform/write-yaml.ts'
import { apply, check, diff } from './check-diff-apply.ts'
import type { Command } from './command.ts'
import { CliError, EXIT } from './exit-code.ts'
import { table } from './table.ts'

const PRUNE = { type: 'boolean', about: 'Remove destinations and sources that the file does not list' } as const
const MESSAGE = { type: 'string', short: 'm', value: 'TEXT', about: 'Why; kept with the revision' } as const

export const rulesCommands: readonly Command[] = [
  {
    name: 'rules export',
    about: 'Rules, destinations and sources as one file, without secrets',
    takes: [],
    options: { format: { type: 'string', value: 'FORMAT', words: ['yaml', 'json'], about: 'yaml (default) or json' } },
    example: 'tocsin rules export > rules.yaml',
    async run(given, { api, raw, data }) {
      const { body } = await api.ask('GET', '/export')
      if (given.on('json')) data(body)
      else raw(given.text('format') === 'json' ? `${JSON.stringify(body, null, 2)}\n` : writeYaml(body, FILE_HEAD))
      return EXIT.fine
    },
  },
  {
    name: 'rules check',
    about: 'Problems of a file with their lines, and warnings',
    takes: ['FILE'],
    options: {
      strict: { type: 'boolean', about: 'Warnings count as problems' },
      github: { type: 'boolean', about: 'As annotations of GitHub Actions' },
      prune: PRUNE,
    },
    details:
      'Takes a key with the role viewer. FILE is YAML or JSON; - is standard input. Exit code 1: it has problems.',
    example: 'tocsin rules check rules.yaml',
    run: check,
  },
  {
    name: 'rules diff',
    about: 'What a file would change',
    takes: ['FILE'],
    options: { prune: PRUNE },
    details: 'Takes a key with the role viewer. Exit code 0: nothing, 1: something, or it has problems.',
    example: 'tocsin rules diff rules.yaml',
    run: diff,
  },
  {
    name: 'rules apply',
    about: 'Put a file in force: one revision, and none when nothing differs',
    takes: ['FILE'],
    options: {
      message: MESSAGE,
      'if-revision': { type: 'string', value: 'N', about: 'Only if the rules are at this revision still' },
      'dry-run': { type: 'boolean', about: 'Only say what it would change' },
      prune: PRUNE,
    },
    details:
      'Takes a key with the role editor; admin where destinations or sources change. What somebody else changes between\nlooking and applying is never overwritten: exit code 4.',
    example: 'tocsin rules apply rules.yaml --message "payments pages its own team"',
    run: apply,
  },
  {
    name: 'rules revisions',
    about: 'What was published, newest first',
    takes: [],
    options: { limit: { type: 'string', value: 'N', about: 'So many (20)' } },
    example: 'tocsin rules revisions --limit 5',
    async run(given, { api, say, data }) {
      const items = await api.all('/rules/revisions', {}, wholeNumber(given.text('limit') ?? '20', 'limit'))
      data({ items })
      const rows = items.map(({ number, at, author, message }) => [number, at, author, message])
      say(table(['REVISION', 'AT', 'BY', 'WHY'], rows, 'no revisions'))
      return EXIT.fine
    },
  },
  {
    name: 'rules rollback',
    about: 'Publish an old revision again, as a new one',
    takes: ['N'],
    options: {
      message: MESSAGE,
      'if-revision': { type: 'string', value: 'N', about: 'Only if the rules are at this revision still' },
    },
    example: 'tocsin rules rollback 11 --message "the new route pages too much"',
    async run(given, { api, say, data }) {
      const number = wholeNumber(given.positionals[0] ?? '', 'revision')
      const version = given.text('if-revision')
      const asked = { version, reason: given.text('message') }
      const { body } = await api.ask('POST', `/rules/revisions/${number}/rollback`, asked)
      data(body)
      say(`revision ${body.number} says what revision ${number} said`)
      return EXIT.fine
    },
  },
]

export function wholeNumber(text: string, what: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new CliError(EXIT.usage, `"${text}" is no ${what}: a whole number from 1 up`)
}
