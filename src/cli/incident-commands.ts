import type { Json } from './api.ts'
import type { Command, Given, Tools } from './command.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { wholeNumber } from './rules-commands.ts'
import { table } from './table.ts'

const SEVERITIES = ['P0', 'P1', 'P2', 'P3']

async function act(given: Given, { api, say, data, warn }: Tools, name: string, body: object): Promise<ExitCode> {
  const id = given.positionals[0] ?? ''
  const { body: answer } = await api.ask('POST', `/incidents/${encodeURIComponent(id)}/${name}`, { body })
  data(answer)
  say(
    `${answer.incident.id} is ${answer.incident.status}${answer.changed ? '' : ' already, or cannot be'}: ${answer.reason}`,
  )
  for (const { where, status, error } of answer.reflected as Json[]) {
    if (status === 'failed') warn(`${where} was not told: ${error ?? 'it failed'}`)
    if (status === 'owed') say(`${where} is told as soon as it can be${error === null ? '' : ` (${error})`}`)
  }
  return EXIT.fine
}

export const incidentCommands: readonly Command[] = [
  {
    name: 'incidents list',
    about: 'Incidents, last updated first; "tocsin incidents" is the same',
    takes: [],
    options: {
      status: {
        ...{ type: 'string', value: 'STATUS', words: ['triggered', 'acknowledged', 'resolved'] },
        about: 'Only these',
      },
      severity: { type: 'string', value: 'P0…P3', words: SEVERITIES, about: 'Only these' },
      project: { type: 'string', value: 'SLUG', about: 'Only of this Sentry project' },
      environment: { type: 'string', value: 'NAME', about: 'Only of this environment' },
      since: { type: 'string', value: 'TIME', about: 'Updated since, as 2026-11-22T08:00:00Z' },
      limit: { type: 'string', value: 'N', about: 'So many (50)' },
    },
    example: 'tocsin incidents --status triggered --severity P0',
    async run(given, { api, say, data }) {
      const asked = ['status', 'severity', 'project', 'environment', 'since'].map(name => [name, given.text(name)])
      const items = await api.all(
        '/incidents',
        Object.fromEntries(asked),
        wholeNumber(given.text('limit') ?? '50', 'limit'),
      )
      data({ items })
      const rows = items.map(one => [one.id, one.severity, one.status, one.project, one.updatedAt, one.title])
      say(table(['ID', 'SEVERITY', 'STATUS', 'PROJECT', 'UPDATED', 'TITLE'], rows, 'no incidents'))
      return EXIT.fine
    },
  },
  {
    name: 'incidents show',
    about: 'One incident, and what happened to it',
    takes: ['ID'],
    options: {},
    example: 'tocsin incidents show inc_3f9a1c5e7b2d48a06c91',
    async run(given, { api, say, data, paint }) {
      const id = encodeURIComponent(given.positionals[0] ?? '')
      const [{ body: incident }, timeline] = await Promise.all([
        api.ask('GET', `/incidents/${id}`),
        api.all(`/incidents/${id}/timeline`, {}, 500),
      ])
      data({ ...incident, timeline })
      say(paint('bold', `${incident.severity}  ${incident.title}`))
      say(`${incident.status}, ${incident.project ?? 'no project'}, opened ${incident.openedAt}`)
      say(`${incident.verdict?.reason ?? ''}\n`)
      say(
        table(
          ['AT', 'WHAT', 'WHY'],
          timeline.map(one => [one.at, one.action ?? one.kind, one.reason]),
          'nothing happened yet',
        ),
      )
      return EXIT.fine
    },
  },
  {
    name: 'incidents ack',
    about: 'Answer for one: its escalation stops',
    takes: ['ID'],
    options: {},
    example: 'tocsin incidents ack inc_3f9a1c5e7b2d48a06c91',
    run: (given, tools) => act(given, tools, 'acknowledge', {}),
  },
  {
    name: 'incidents resolve',
    about: 'It is over',
    takes: ['ID'],
    options: {
      release: { type: 'string', value: 'NAME', about: 'Over with this release; "next": with the next one' },
      reason: { type: 'string', short: 'r', value: 'TEXT', about: 'Why; kept in its timeline' },
    },
    example: 'tocsin incidents resolve inc_3f9a1c5e7b2d48a06c91 --release next --reason "null check"',
    run: (given, tools) =>
      act(given, tools, 'resolve', { release: given.text('release') ?? null, reason: given.text('reason') ?? null }),
  },
]
