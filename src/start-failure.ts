import { TocsinError } from './errors.ts'

/** The places that the environment gave. */
export interface StartPlaces {
  host: string
  port: number
  dataDir: string
}

/**
 * One line for whoever starts the service: what is in the way and what to do. null: not a fault of the surroundings,
 * and then the whole error is wanted. Pure.
 */
export function explainStartFailure(error: unknown, { host, port, dataDir }: StartPlaces): string | null {
  if (!(error instanceof Error)) return null
  if (error instanceof TocsinError) return error.code === 'STORE_UNAVAILABLE' ? error.message : null
  if (error.message.startsWith('DATA_DIR ')) return error.message
  const code = textOf(error, 'code')
  if (textOf(error, 'syscall') === 'listen' || code === 'EADDRINUSE') return whyNoDoor(code, host, port)
  // 14 is SQLITE_CANTOPEN (sqlite.org/rescode.html): the lock's file.
  const isFile = ['mkdir', 'open'].includes(textOf(error, 'syscall')) || textOf(error, 'errcode') === '14'
  if (isFile)
    return `DATA_DIR ${dataDir} cannot be used: ${error.message}. Give it a directory that this user may write`
  return null
}

function whyNoDoor(code: string, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `PORT ${port} on ${host} is in use: stop what listens there, or set PORT to another one`
    case 'EACCES':
      return `PORT ${port} may not be opened by this user: set PORT to one above 1023`
    case 'EADDRNOTAVAIL':
      return `HOST ${host} is no address of this machine: set HOST to one that is, or to 0.0.0.0 for all of them`
    default:
      return `HOST ${host} and PORT ${port} cannot be listened on (${code || 'no reason given'})`
  }
}

function textOf(error: Error, name: string): string {
  return name in error ? String(Reflect.get(error, name)) : ''
}
