import { ConfigError, readConfig } from './config.ts'
import { TocsinError } from './errors.ts'
import { systemClock } from './platform/clock.ts'
import { every } from './platform/every.ts'
import { createLogger } from './platform/logger.ts'
import { startService } from './service.ts'
import { explainStartFailure } from './start-failure.ts'

/** The process: environment → config → service → orderly stop. Nothing else reads `process`. */

/** EX_CONFIG of sysexits.h. */
const BAD_CONFIG = 78
/** A stop that takes longer than this is cut short: everything unfinished is kept in Redis. */
const STOP_WITHIN_MS = 25_000

function configOrExit() {
  try {
    return readConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`tocsin: ${error.message}\n`)
    process.exit(BAD_CONFIG)
  }
}

const config = configOrExit()
let secrets: () => string[] = () => []
const log = createLogger(config.logLevel, () => secrets())

try {
  const service = await startService({
    config,
    clock: systemClock,
    log,
    pid: process.pid,
    random: Math.random,
    every,
    onSecrets(now) {
      secrets = now
    },
  })
  const where = service.url === null ? '' : ` on ${service.url}`
  log.info({ role: config.role, url: service.url }, `tocsin is ready${where}`)
  if (service.sandbox !== null) {
    log.warn(
      `SANDBOX: nothing is configured, so PagerDuty, Slack and Sentry are stand-ins; nobody is told anything. See ${service.url}/sandbox`,
    )
  }

  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping: no new intake, the work in hand is finished')
    setTimeout(() => {
      log.error('stopping took too long; what is unfinished is kept in Redis')
      process.exit(1)
    }, STOP_WITHIN_MS).unref()
    void service.stop().then(() => {
      log.info('stopped')
      process.exit(0)
    })
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
} catch (error) {
  if (error instanceof TocsinError && error.code === 'INVALID_INPUT') {
    const lines = error.problems.map(problem => `  ${problem.path}: ${problem.message}`)
    process.stderr.write(`tocsin: ${error.message}\n${lines.join('\n')}\n`)
    process.exit(BAD_CONFIG)
  }
  const line = explainStartFailure(error, config)
  if (line !== null) {
    process.stderr.write(`tocsin: ${line}\n`)
    process.exit(1)
  }
  log.error({ err: error }, error instanceof Error ? error.message : 'could not start')
  process.exit(1)
}
