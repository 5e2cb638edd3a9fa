import { Cluster, type Redis } from 'ioredis'
import type { RedisLike } from './redis.ts'

/** One setting that an acknowledged webhook's survival depends on. */
export interface DurabilityCheck {
  name: 'appendonly' | 'appendfsync' | 'maxmemory-policy'
  ok: boolean
  reason: string
}

const WANTED = {
  appendonly: { value: 'yes', otherwise: 'a restart of Redis loses acknowledged webhooks' },
  appendfsync: { value: 'always', otherwise: 'a power cut may lose the last second of acknowledged webhooks' },
  'maxmemory-policy': {
    value: 'noeviction',
    otherwise: 'Redis may throw incidents and queued webhooks away when full',
  },
} as const
const NAMES = ['appendonly', 'appendfsync', 'maxmemory-policy'] as const

/**
 * Asks Redis (every master of a cluster) how durable it is. Never throws: what cannot be known is not ok, with why.
 * Managed services often forbid CONFIG; then an operator has to look there.
 */
export async function checkDurability(redis: RedisLike): Promise<DurabilityCheck[]> {
  const nodes: Redis[] = redis instanceof Cluster ? redis.nodes('master') : [redis]
  try {
    if (nodes.length === 0) throw new Error('no node of the cluster is connected')
    const answers = await Promise.all(nodes.map(settingsOf))
    return NAMES.map(name => judge(name, new Set(answers.map(answer => answer.get(name) ?? 'unknown'))))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return NAMES.map(name => ({ name, ok: false, reason: `not known, CONFIG GET failed: ${why}` }))
  }
}

async function settingsOf(node: Redis): Promise<Map<string, string>> {
  const answers = new Map<string, string>()
  // One by one: CONFIG GET takes several names only since Redis 7.
  for (const name of NAMES) {
    const [, value] = await configGet(node, name)
    if (value !== undefined) answers.set(name, value)
  }
  return answers
}

async function configGet(node: Redis, name: string): Promise<string[]> {
  const reply: unknown = await node.config('GET', name)
  return Array.isArray(reply) ? reply.map(String) : []
}

function judge(name: DurabilityCheck['name'], values: Set<string>): DurabilityCheck {
  const { value, otherwise } = WANTED[name]
  const found = [...values].join(', ')
  if (values.size === 1 && values.has(value)) return { name, ok: true, reason: `${name} is ${value}` }
  return { name, ok: false, reason: `${name} is ${found}, should be ${value}: ${otherwise}` }
}
