import { createInterface } from 'node:readline'
import { verifyChain } from '../src/access/verify-chain.ts'

/** Checks an export of the audit trail without the service: `node scripts/verify-audit.ts < audit.ndjson`. Exit 1: broken. */
async function* entries(): AsyncGenerator<unknown> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== '') yield JSON.parse(line)
  }
}

const verdict = await verifyChain(entries())
process.stdout.write(`${JSON.stringify(verdict)}\n`)
if (!verdict.valid) process.exitCode = 1
