import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import t from 'tap'

/** The floor plan: which room may know which. Upstream to downstream; a flow room sees only rooms before it. */
const FLOW = ['signals', 'measure', 'classify', 'incidents', 'mute', 'route', 'deliver']
const OUTSIDE = ['sentry', 'pagerduty', 'slack']
const ROOMS: Record<string, string[]> = {
  ...Object.fromEntries(FLOW.map((room, at) => [room, FLOW.slice(0, at)])),
  ...Object.fromEntries(OUTSIDE.map(room => [room, [...FLOW, 'platform']])),
  rules: [...FLOW, 'platform'],
  whatif: [...FLOW, 'rules', 'platform'],
  access: ['platform'],
  api: [...FLOW, ...OUTSIDE, 'rules', 'whatif', 'access', 'platform'],
  console: ['api'],
  cli: ['platform', 'sandbox'],
  sandbox: [...FLOW, ...OUTSIDE, 'platform'],
  platform: ['signals'],
}
/** The wiring sees across: every file at the top but these, and the pipeline. */
const ACROSS = /^(?!(config|config-fields|errors|suggest)\.ts$)[\w-]+\.ts$|^pipeline\//
/** Of the outside rooms' code the REST API may hold only these shapes. */
const SHAPES = ['sentry/source.ts']

/** Who may cause which side effect; `in` is matched against the path under src/. */
const OWNERS = [
  {
    rule: 'fastify belongs to the doors, api, console, sandbox and server.ts',
    uses: /^(fastify|@fastify\/.*)$/,
    in: /^(api|console|sandbox)\/|^(sentry|pagerduty|slack)\/[\w-]+-door\.ts$|^server\.ts$/,
  },
  { rule: 'bullmq belongs to platform and worker.ts', uses: /^bullmq$/, in: /^platform\/|^worker\.ts$/ },
  { rule: 'ioredis belongs to platform and *-store.ts', uses: /^ioredis$/, in: /^platform\/|-store\.ts$/ },
  {
    rule: 'outgoing HTTP belongs to the outside rooms and the sandbox',
    uses: /^(node:)?https?$|^undici$|^axios$|^@pagerduty\/pdjs$|^@slack\/web-api$/,
    in: /^(sentry|pagerduty|slack|sandbox)\//,
  },
  { rule: 'only main.ts reads process', uses: /^(node:)?process$/, in: /^(cli\/)?main\.ts$/ },
]
const WORDS = [
  { rule: 'only main.ts reads process', uses: /\bprocess\s*[.[]/, in: /^(cli\/)?main\.ts$/ },
  {
    rule: 'only platform/clock.ts reads the time',
    uses: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bTemporal\.Now\b/,
    in: /^platform\/clock\.ts$/,
  },
  {
    rule: 'outgoing HTTP belongs to the outside rooms, the sandbox, the heartbeat and the keys of the identity provider',
    uses: /(?<![.\w])fetch\(/,
    in: /^(sentry|pagerduty|slack|sandbox|console)\/|^cli\/api\.ts$|^heartbeat\.ts$|^access\/oidc-keys\.ts$/,
  },
  {
    rule: 'no default secrets',
    uses: /(secret|token|password|api_?key|routing_?key|encryption_?key)\w*['"]?\s*(=|\?\?=?|\|\|)\s*['"][^'"\s]{4,}['"]|^\s*\w*(SECRET|TOKEN|_KEY)\b.*\.default\((?!null)/im,
    in: /^$/,
  },
]

interface Import {
  from: string
  typeOnly: boolean
}

function importsOf(source: string): Import[] {
  const statements = source.matchAll(
    /^\s*(?:import|export)\s+(type\s)?(?:([\w*{}\s,$]+?)\s+from\s+)?['"]([^'"\n]+)['"]/gm,
  )
  const dynamic = source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)
  return [
    ...[...statements].map(([, type, what = '', from = '']) => {
      const names = /\{([^}]*)\}/
        .exec(what)?.[1]
        ?.split(',')
        .filter(name => name.trim() !== '')
      const allTypes = names?.every(name => name.trim().startsWith('type ')) ?? false
      return { from, typeOnly: type !== undefined || (allTypes && /^\s*\{/.test(what)) }
    }),
    ...[...dynamic].map(([, from = '']) => ({ from, typeOnly: false })),
  ]
}

/** Every rule that the file breaks, by name. `file` is its path under src/. */
function broken(file: string, source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '')
  const imports = importsOf(code)
  const found = WORDS.filter(word => word.uses.test(code) && !word.in.test(file)).map(word => word.rule)
  if (basename(file) === 'index.ts') found.push('no index.ts')
  for (const one of imports) {
    if (one.from.startsWith('.')) found.push(...wrongWay(file, normalize(join(dirname(file), one.from)), one.typeOnly))
    else
      found.push(...OWNERS.filter(owner => owner.uses.test(one.from) && !owner.in.test(file)).map(owner => owner.rule))
  }
  return found
}

function wrongWay(file: string, target: string, typeOnly: boolean): string[] {
  if (ACROSS.test(file) || target === 'errors.ts' || target === 'suggest.ts') return []
  if (file === 'config.ts' && target === 'config-fields.ts') return []
  if (ACROSS.test(target) || target === 'config.ts') return [`only the wiring sees across: ${target}`]
  const [room = '', into = ''] = [file.split('/')[0], target.split('/')[0]]
  if (room === into) return []
  if (FLOW.includes(room) && into === 'platform') {
    if (typeOnly && (target === 'platform/clock.ts' || file.endsWith('-store.ts'))) return []
    return [`a flow room takes only the clock's type from platform (a store also Redis' types): ${target}`]
  }
  if (FLOW.includes(room) && !FLOW.includes(into)) return [`no flow room imports ${into}: ${target}`]
  if (room === 'api' && !typeOnly && OUTSIDE.includes(into) && !SHAPES.includes(target)) {
    return [`api is given what the outside rooms do: ${target}`]
  }
  if (room === 'api' && !typeOnly && target.endsWith('-store.ts')) return [`api sees no store: ${target}`]
  if (room === 'platform' && !typeOnly) return [`platform knows of the rooms only types: ${target}`]
  if (!(ROOMS[room] ?? []).includes(into)) return [`imports point upstream: ${room} must not know ${target}`]
  return []
}

t.test('every file keeps to the floor plan', async t => {
  const files = globSync('src/**/*.ts')
  t.ok(files.length > 20, 'the source was found')
  for (const file of files) t.same(broken(file.slice('src/'.length), readFileSync(file, 'utf8')), [], file)
})

t.test('each rule is seen when it is broken', async t => {
  const cases: [file: string, source: string, rule: RegExp | null][] = [
    ['signals/a.ts', "import { b } from '../route/b.ts'", /imports point upstream/],
    ['route/a.ts', "import type { B } from '../signals/b.ts'", null],
    ['route/a.ts', "import {\n  type B,\n} from '../platform/clock.ts'", null],
    ['route/a.ts', "import { type B, c } from '../platform/clock.ts'", /only the clock's type/],
    ['route/a-store.ts', "import type { RedisLike } from '../platform/redis.ts'", null],
    ['deliver/a.ts', "import type { B } from '../slack/b.ts'", /no flow room imports slack/],
    ['deliver/a.ts', "import { x } from '../pipeline/x.ts'", /only the wiring sees across/],
    ['pipeline/a.ts', "import { x } from '../slack/x.ts'", null],
    ['slack/a.ts', "import { x } from '../pagerduty/x.ts'", /imports point upstream/],
    ['api/a.ts', "import { x } from '../sentry/client.ts'", /api is given/],
    ['api/a.ts', "import { x } from '../rules/rules-store.ts'", /api sees no store/],
    ['platform/a.ts', "import { x } from '../signals/x.ts'", /platform knows/],
    ['cli/a.ts', "import { x } from '../api/x.ts'", /imports point upstream/],
    ['cli/a.ts', 'await fetch(url)', /outgoing HTTP/],
    ['cli/a.ts', 'const x = process.env.X', /only main.ts reads process/],
    ['route/a.ts', "import fastify from 'fastify'", /fastify belongs/],
    ['pipeline.ts', "import { Queue } from 'bullmq'", /bullmq belongs/],
    ['incidents/a.ts', "import type { Redis } from 'ioredis'", /ioredis belongs/],
    ['deliver/a.ts', "import { request } from 'node:https'", /outgoing HTTP/],
    ['deliver/a.ts', 'await fetch(url)', /outgoing HTTP/],
    ['server.ts', 'const x = process.env.X', /only main.ts reads process/],
    ['server.ts', "const { env } = await import('node:process')", /only main.ts reads process/],
    ['server.ts', 'const x = new Date()', /reads the time/],
    ['server.ts', '// Date.now() is forbidden\nconst x = new Date(0)', null],
    ['api/index.ts', '', /no index.ts/],
    ['config.ts', "  ADMIN_API_KEY: z.string().default('x'),", /no default secrets/],
    ['server.ts', "const secret = given ?? 'x'\nconst token ??= 'changeme'", /no default secrets/],
  ]
  for (const [file, source, rule] of cases) {
    const found = broken(file, source)
    if (rule === null) t.same(found, [], `${file} may: ${source}`)
    else t.match(found, [rule], `${file} must not: ${source}`)
  }
})
