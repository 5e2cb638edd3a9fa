import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { EVERY_FIELD } from '../../src/classify/fields.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { completionFor, SHELLS } from '../../src/cli/completion.ts'
import { readDuration } from '../../src/cli/duration.ts'
import { helpOf } from '../../src/cli/help.ts'
import { readMatcher } from '../../src/cli/matcher.ts'
import { createPaint, tame } from '../../src/cli/paint.ts'
import { table } from '../../src/cli/table.ts'
import { tocsin } from './tocsin.ts'

t.test('matchers and lengths of time are read as people write them', async t => {
  const matchers: [string, object][] = [
    ['project=web', { field: 'project', op: '=', value: 'web' }],
    ['release=2024', { field: 'release', op: '=', value: '2024' }],
    ['users-per-hour>=100', { field: 'users-per-hour', op: '>=', value: 100 }],
    ['tag.plan!=free', { field: 'tag.plan', op: '!=', value: 'free' }],
    ['transaction^=/api/', { field: 'transaction', op: 'prefix', value: '/api/' }],
    ['error-class=~^Type', { field: 'error-class', op: 'regex', value: '^Type' }],
    ['severity=P1,P2', { field: 'severity', op: 'in', value: ['P1', 'P2'] }],
    ['is-new=true', { field: 'is-new', op: '=', value: true }],
    ['title=a=b', { field: 'title', op: '=', value: 'a=b' }],
    ['tag.premium=true', { field: 'tag.premium', op: '=', value: 'true' }],
    ['tag.baseline=3', { field: 'tag.baseline', op: '=', value: '3' }],
    ['tag.browser:name=x', { field: 'tag.browser:name', op: '=', value: 'x' }],
    ['project= web', { field: 'project', op: '=', value: 'web' }],
    ['severity=P1, P2', { field: 'severity', op: 'in', value: ['P1', 'P2'] }],
    ['project="web"', { field: 'project', op: '=', value: 'web' }],
    ['transaction="a,b"', { field: 'transaction', op: '=', value: 'a,b' }],
    ['tag.note="=~"', { field: 'tag.note', op: '=', value: '=~' }],
    [
      'transaction^=/api/,/web/',
      {
        any: [
          { field: 'transaction', op: 'prefix', value: '/api/' },
          { field: 'transaction', op: 'prefix', value: '/web/' },
        ],
      },
    ],
    ['project!~^web', { none: [{ field: 'project', op: 'regex', value: '^web' }] }],
    ['project=~^a{1,2}$', { field: 'project', op: 'regex', value: '^a{1,2}$' }],
  ]
  for (const [text, condition] of matchers) t.same(readMatcher(text), condition, text)
  for (const { name, type, tables } of EVERY_FIELD.filter(one => one.tables.includes('route'))) {
    const [text, value] = type === 'number' ? ['5', 5] : type === 'boolean' ? ['true', true] : ['5', '5']
    t.same(readMatcher(`${name}=${text}`), { field: name, op: '=', value }, `${name} is a ${type} of ${tables}`)
  }
  for (const wrong of [
    'web',
    '=web',
    'project=',
    '',
    'project==web',
    'project!=~web',
    'project=a,',
    'project=,',
    'project>>5',
    'project="web',
  ])
    t.throws(() => readMatcher(wrong), { message: /field=value/ })
  const lengths = {
    '30m': 'PT30M',
    '2h': 'PT2H',
    '1h30m': 'PT1H30M',
    '2d': 'P2D',
    '1w': 'P7D',
    '1d12h': 'P1DT12H',
    PT2H: 'PT2H',
  }
  for (const [text, iso] of Object.entries(lengths)) t.equal(readDuration(text), iso)
  for (const wrong of ['', 'soon', '0h', '2', '-1h']) t.throws(() => readDuration(wrong), { message: /time/ })
})

t.test('completion knows every command, and each shell takes it', async t => {
  for (const shell of SHELLS) {
    const script = completionFor(shell, COMMANDS)
    for (const { name } of COMMANDS) t.ok(script.includes(name.split(' ')[0] ?? ''), `${shell}: ${name}`)
  }
  const script = (await tocsin(['completion', 'bash'], {})).out
  execFileSync('bash', ['-n'], { input: script })
  const complete = (line: string[], cwd = '.') => {
    const words = line.map(one => `'${one}'`).join(' ')
    const ask = `COMP_WORDS=(${words}); COMP_CWORD=${line.length - 1}; _tocsin; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['-c', `${script}\n${ask}`], { cwd })
      .toString()
      .trim()
      .split('\n')
  }
  t.same(complete(['tocsin', 'ru']), ['rules'])
  t.same(complete(['tocsin', 'rules', 'ch']), ['check'])
  t.same(complete(['tocsin', 'rules', 'apply', '--dr']), ['--dry-run'])
  t.same(complete(['tocsin', 'incidents', 'list', '--status', 'tr']), ['triggered'])
  t.same(complete(['tocsin', 'incidents', '--sta']), ['--status'], 'the list is meant, as when it is run')
  t.same(complete(['tocsin', 'incidents', '--status', 'tr']), ['triggered'])
  t.same(complete(['tocsin', 'incidents', '--limit', '5', '--sev']), ['--severity'])
  t.same(complete(['tocsin', 'help', 'ru']), ['rules'])
  t.same(complete(['tocsin', 'help', 'rules', 'app']), ['apply'])
  const here = mkdtempSync(join(tmpdir(), 'tocsin-completion-'))
  t.teardown(() => rmSync(here, { recursive: true, force: true }))
  writeFileSync(join(here, 'my rules.yaml'), '')
  t.same(complete(['tocsin', 'rules', 'apply', ''], here), ['my rules.yaml'], 'a file, where a file is taken')
  t.same(complete(['tocsin', 'silence', 'add', '--reason', ''], here), ['my rules.yaml'], 'no options for a value')
  t.match(await tocsin(['completion', 'csh'], {}), { exit: 2 })
})

t.test('each command explains itself, and nothing that is told steers a terminal', async t => {
  for (const command of COMMANDS) {
    const { exit, out } = await (command === COMMANDS[0]
      ? tocsin([...command.name.split(' '), '--help'], {})
      : { exit: 0, out: `${helpOf(command)}\n` })
    t.equal(exit, 0)
    t.match(out, command.example)
  }
  t.match(await tocsin(['help', 'rules', 'apply'], {}), { exit: 0, out: /--if-revision N/ })
  t.match(await tocsin(['help'], {}), { exit: 0, out: /TOCSIN_API_KEY_FILE[\s\S]*Exit codes/ })
  const hostile = '\u001b]0;owned\u0007\u001b[2Jtitle\u202e'
  t.equal(tame(hostile, true), '\ufffd]0;owned\ufffd\ufffd[2Jtitle\ufffd')
  const red = createPaint(true)('red', 'x')
  t.equal(tame(red, true), red)
  t.equal(createPaint(false)('red', 'x'), 'x')
  t.equal(
    table(
      ['A', 'B'],
      [
        ['1', 'x\ny'],
        ['22', null],
      ],
      '',
    ),
    'A   B\n1   x y\n22  -',
  )
})
