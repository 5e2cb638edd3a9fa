import type { Json } from './api.ts'
import type { Command } from './command.ts'
import { readDuration } from './duration.ts'
import { CliError, EXIT } from './exit-code.ts'
import { readMatchers } from './matcher.ts'
import { wholeNumber } from './rules-commands.ts'
import { table } from './table.ts'

/** A condition in few words. */
function inShort(matchers: Json): string {
  if (Array.isArray(matchers?.all)) return matchers.all.map(inShort).join(' ')
  if (Array.isArray(matchers?.any)) return `(${matchers.any.map(inShort).join(' or ')})`
  if (Array.isArray(matchers?.none)) return `not (${matchers.none.map(inShort).join(' or ')})`
  if (typeof matchers?.field !== 'string') return JSON.stringify(matchers)
  const { field, op, value } = matchers
  return op === '=' ? `${field}=${value}` : `${field} ${op} ${value}`
}

export const silenceCommands: readonly Command[] = [
  {
    name: 'silence add',
    about: 'Keep quiet what matches, for a while',
    takes: [],
    options: {
      matcher: {
        ...{ type: 'string', multiple: true, short: 'm', value: 'FIELD=VALUE' },
        about:
          'What is meant; several: all of them. Also != =~ !~ (RE2) ^= (prefix) *= (glob) > >= < <=; a,b: one of them',
      },
      for: { type: 'string', value: 'TIME', about: 'How long: 30m, 2h, 1d, or PT2H' },
      until: { type: 'string', value: 'TIME', about: 'In its place: when it ends, as 2026-11-22T18:00:00Z' },
      from: { type: 'string', value: 'TIME', about: 'When it begins; left out: now' },
      reason: { type: 'string', short: 'r', value: 'TEXT', about: 'Why; shown wherever it hides something' },
      annotation: {
        type: 'string',
        multiple: true,
        value: 'NAME=TEXT',
        about: 'Whatever goes with it: ticket=OPS-118',
      },
      'covers-data-loss': { type: 'boolean', about: 'Also what lost data' },
      confirm: { type: 'boolean', about: 'Yes, also when it is broader than the limit' },
      preview: { type: 'boolean', about: 'Only say what it would have hidden in the last 30 days' },
    },
    details: 'Takes a key with the role responder. Exit code 4: it is too broad; look, then say --confirm.',
    example: 'tocsin silence add --matcher project=web --for 2h --reason "the provider repairs it"',
    async run(given, { api, say, data }) {
      const scope = { matchers: readMatchers(given.texts('matcher')), coversDataLoss: given.on('covers-data-loss') }
      if (given.on('preview')) {
        const { body } = await api.ask('POST', '/silences/preview', { body: scope })
        data(body)
        say(
          `the last 30 days: ${body.incidents.matched} of ${body.incidents.of} incidents, ${body.p0} of them P0; ${body.pages} pages, ${body.posts} posts`,
        )
        for (const why of body.tooBroad) say(`too broad: ${why}`)
        return body.tooBroad.length === 0 ? EXIT.fine : EXIT.problems
      }
      const [duration, endsAt, reason] = [given.text('for'), given.text('until'), given.text('reason')]
      if ((duration === undefined) === (endsAt === undefined))
        throw new CliError(EXIT.usage, 'say when it ends: --for 2h, or --until 2026-11-22T18:00:00Z')
      if (reason === undefined) throw new CliError(EXIT.usage, 'say why: --reason "the provider repairs it"')
      const annotations = Object.fromEntries(given.texts('annotation').map(pair))
      const end = duration === undefined ? { endsAt } : { duration: readDuration(duration) }
      const startsAt = given.text('from')
      const body = { ...scope, ...end, startsAt, reason, annotations, confirm: given.on('confirm') }
      const made = await api.ask('POST', '/silences', { body })
      data(made.body)
      say(`${made.body.id} is ${made.body.state}, until ${made.body.endsAt}`)
      return EXIT.fine
    },
  },
  {
    name: 'silence list',
    about: 'Silences, newest first',
    takes: [],
    options: {
      state: { type: 'string', value: 'STATE', words: ['pending', 'active', 'expired'], about: 'Only these' },
      limit: { type: 'string', value: 'N', about: 'So many (50)' },
    },
    example: 'tocsin silence list --state active',
    async run(given, { api, say, data }) {
      const most = wholeNumber(given.text('limit') ?? '50', 'limit')
      const items = await api.all('/silences', { state: given.text('state') }, most)
      data({ items })
      const rows = items.map(one => [
        one.id,
        one.state,
        one.endsAt,
        one.hid,
        inShort(one.matchers),
        one.author,
        one.reason,
      ])
      say(table(['ID', 'STATE', 'UNTIL', 'HID', 'WHAT', 'BY', 'WHY'], rows, 'no silences'))
      return EXIT.fine
    },
  },
  {
    name: 'silence expire',
    about: 'End one now: what is still open speaks',
    takes: ['ID'],
    options: {},
    example: 'tocsin silence expire sil_3f9a1c5e',
    async run(given, { api, say, data }) {
      const { body } = await api.ask('POST', `/silences/${encodeURIComponent(given.positionals[0] ?? '')}/expire`)
      data(body)
      say(`${body.id} ended; it hid ${body.hid} incidents`)
      return EXIT.fine
    },
  },
]

function pair(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new CliError(EXIT.usage, `"${text}" is no annotation: write name=text, such as ticket=OPS-118`)
  return [text.slice(0, at), text.slice(at + 1)]
}
