import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { promisify } from 'node:util'

const FIND_REDIS = join(import.meta.dirname, '../../scripts/find-redis.sh')

/**
 * The shell between us and the server. It holds the reading end of a pipe whose other end only we have: when we end,
 * however we end, the pipe closes, the watcher wakes and ends the server. (A signal handler cannot do that: SIGKILL of
 * the parent left the server alive.) $1: directory of the socket, $2: log file, the rest: the server's command line.
 */
const KEEPER = `
dir=$1 log=$2
shift 2
exec 3<&0
"$@" </dev/null >>"$log" 2>&1 3<&- &
server=$!
{
  read -r _ <&3
  : >"$dir/over"
  kill -TERM "$server" 2>/dev/null
  tries=0
  while kill -0 "$server" 2>/dev/null && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL "$server" 2>/dev/null
} >/dev/null &
watcher=$!
echo "$server"
exec >/dev/null
wait "$server"
code=$?
kill "$watcher" 2>/dev/null
[ -e "$dir/over" ] && rm -rf "$dir"
exit "$code"
`

/** Close its stdin and the server ends in order, by force after ten seconds. Its first line is the server's pid. */
export type Keeper = ChildProcessByStdio<Writable, Readable, null>

/** `detached`: Ctrl-C in a terminal goes to the whole group, and must not reach the server before we have stopped. */
export function spawnKeeper(socketDir: string, logFile: string, command: string[]): Keeper {
  const keeper = spawn('sh', ['-c', KEEPER, 'tocsin-redis', socketDir, logFile, ...command], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  keeper.stdin.on('error', () => {})
  return keeper
}

/** A server as the bootstrap finds it; throws with what to do when there is none. */
export async function findBinary(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('sh', [FIND_REDIS])
    return stdout.trim()
  } catch (cause) {
    const message =
      'no Redis or Valkey server (6.2 or later) was found: run "sh scripts/bootstrap.sh", or set REDIS_URL to a server you run'
    throw new Error(message, { cause })
  }
}
