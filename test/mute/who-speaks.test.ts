import t from 'tap'
import { type Holders, type Voice, whoSpeaks } from '../../src/mute/who-speaks.ts'

const project = (...covers: string[]): Voice => ({ as: 'project', covers })
const issue = (flow: string | null = null): Voice => ({ as: 'issue', flow, dataLoss: false })
const dataLoss: Voice = { as: 'issue', flow: null, dataLoss: true }

t.test('who speaks, by who holds the voices of the project', async t => {
  const spoken: Holders = { project: 'P', 'covers:checkout': 'P' }
  const cases: [name: string, incident: string, voice: Voice, holders: Holders, answer: string[] | string][] = [
    ['the first issue', 'A', issue(), {}, ['issue::A']],
    ['the first issue on a flow', 'A', issue('checkout'), {}, ['issue:checkout:A']],
    ['the first project incident', 'P', project('checkout'), {}, ['project', 'covers:checkout']],
    ['an issue behind a project incident', 'A', issue(), spoken, 'P'],
    ['an issue on a flow that the page names', 'A', issue('checkout'), spoken, 'P'],
    ['an issue on another flow', 'A', issue('login'), spoken, ['issue:login:A']],
    ['a second issue on that other flow', 'B', issue('login'), { ...spoken, 'issue:login:A': 'A' }, 'A'],
    ['that first one, judged again', 'A', issue('login'), { ...spoken, 'issue:login:A': 'A' }, ['issue:login:A']],
    ['data loss behind a project incident', 'A', dataLoss, spoken, []],
    ['data loss behind an issue', 'B', dataLoss, { project: 'A', 'issue::A': 'A' }, []],
    ['a project incident after an issue has paged', 'P', project('checkout'), { 'issue::A': 'A' }, 'A'],
    ['an issue that speaks for the project too', 'A', issue(), { project: 'A', 'issue::A': 'A' }, ['issue::A']],
    ['another issue behind that one', 'B', issue(), { project: 'A', 'issue::A': 'A' }, 'A'],
    ['another issue on its flow', 'B', issue('checkout'), { project: 'A', 'issue:checkout:A': 'A' }, 'A'],
    [
      'an issue on another flow than its',
      'B',
      issue('login'),
      { project: 'A', 'issue:checkout:A': 'A' },
      ['issue:login:B'],
    ],
    [
      'a project incident that speaks, judged again',
      'P',
      project(),
      { project: 'P', 'issue:login:A': 'A' },
      ['project'],
    ],
    ['a second issue while no project incident is', 'B', issue(), { 'issue::A': 'A' }, ['issue::B']],
  ]
  for (const [name, incident, voice, holders, answer] of cases) {
    const speaks = whoSpeaks(incident, voice, holders)
    if (Array.isArray(answer)) t.match(speaks, { speaks: true, take: answer }, name)
    else t.match(speaks, { speaks: false, speaker: answer }, name)
    t.not(speaks.reason, '', `${name}: it says why`)
  }
})

t.test('an issue that paged before the project incident speaks for the project from then on', async t => {
  const first = whoSpeaks('P', project(), { 'issue::A': 'A' })
  t.match(first, { speaks: false, hands: ['project'] })
  t.match(whoSpeaks('P', project(), { project: 'A', 'issue::A': 'A' }), { speaks: false, speaker: 'A', hands: [] })
})

t.test(
  'issues of one core flow that break in the same minutes are one page; hours later it is another problem',
  async t => {
    const holders: Holders = { 'issue:checkout:A': 'A', 'issue::C': 'C' }
    t.match(
      whoSpeaks('B', issue('checkout'), holders, () => true),
      { speaks: false, speaker: 'A' },
    )
    t.match(
      whoSpeaks('B', issue('checkout'), holders, () => false),
      { speaks: true },
    )
    t.match(
      whoSpeaks('B', issue('login'), holders, () => true),
      { speaks: true },
      'another core flow',
    )
    t.match(
      whoSpeaks('B', issue(), holders, () => true),
      { speaks: true },
      'no core flow: nothing says it is the same',
    )
    t.match(
      whoSpeaks('A', issue('checkout'), holders, () => true),
      { speaks: true },
      'the same one, raised',
    )
    t.match(
      whoSpeaks('B', { ...dataLoss, flow: 'checkout' } as Voice, holders, () => true),
      { speaks: true },
      'data loss',
    )
  },
)
