import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface DataDirLock {
  /** Lets another process have the directory. */
  release(): void
}

/** An unreferenced database is closed by the garbage collector, and the lock with it. */
const held = new Set<DatabaseSync>()

/**
 * Takes the data directory for this process, creating it when missing. The lock is an SQLite file held exclusively: the
 * kernel drops it with the process, however that ends, so there is never a stale lock to remove by hand.
 * Two servers appending to one Redis file destroy it without a word (seen), hence the refusal: throws an Error that
 * names the holder's pid. `pid` is this process's own.
 */
export function lockDataDir(dir: string, pid: number): DataDirLock {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const holderFile = join(dir, 'holder.pid')
  const database = new DatabaseSync(join(dir, 'lock.sqlite'))
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    // SQLITE_BUSY is 5 (sqlite.org/rescode.html); anything else is a fault of the disk or its permissions.
    if (!(error instanceof Error && 'errcode' in error && error.errcode === 5)) throw error
    const message = `DATA_DIR ${dir} is in use by process ${holderOf(holderFile)}: stop it, or give this one a DATA_DIR of its own`
    throw new Error(message, { cause: error })
  }
  writeFileSync(holderFile, `${pid}\n`)
  held.add(database)
  return {
    release() {
      held.delete(database)
      database.close()
    },
  }
}

function holderOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return '(unknown)'
  }
}
