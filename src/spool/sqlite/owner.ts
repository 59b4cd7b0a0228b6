/** Who holds the state: a file beside it names the process, to be shown to others that are refused. */
import { accessSync, constants, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCode, StateInUse } from '../../errors.ts'

/** The engine adds its address. */
export const OWNER_FILE = 'engine.json'

/** Only a courtesy: without room for it `status` still works, and SQLite holds the lock. */
export function nameOwner(folder: string): void {
  const command = commandOf(process.argv.slice(2))
  try {
    const owner = { pid: process.pid, ...(command !== undefined && { command }) }
    writeFileSync(join(folder, OWNER_FILE), JSON.stringify(owner), { mode: 0o600 })
  } catch {
    // Anything that needs to write more will report the failure.
  }
}

/**
 * `run --once`, `dead-letters retry`; undefined for an engine, which holds the state until it is stopped. Contains only
 * words of commands, never a value.
 */
export function commandOf([first = '', ...rest]: readonly string[]): string | undefined {
  if (first === 'run' && rest.includes('--once')) return 'run --once'
  if (first === '' || ENGINES.includes(first) || !/^[a-z-]+$/.test(first)) return undefined
  return GROUPS.includes(first) ? [first, ...rest.slice(0, 1)].join(' ') : first
}

const ENGINES = ['run', 'start', 'demo']
const GROUPS = ['dead-letters', 'state', 'archive']

/** Without an address while the engine starts, and for a command. */
export function inUse(folder: string): StateInUse {
  const { pid, url, command } = readOwner(folder)
  if (pid !== undefined && !isAlive(pid)) {
    return new StateInUse(
      `another program uses the state folder ${folder}, not process ${pid}, which used it last and is gone: ` +
        'end that program, such as a backup, an SQLite shell or an engine in another container',
    )
  }
  if (command !== undefined) {
    return new StateInUse(
      `\`auditferry ${command}\` (process ${pid}) uses the state folder ${folder}: try again when it has ended`,
    )
  }
  const who = pid === undefined ? '' : ` (process ${pid}${url === undefined ? '' : `, console at ${url}`})`
  return new StateInUse(
    `another auditferry engine${who} uses the state folder ${folder}: stop it first, or give this one its own \`state.path\``,
    url,
  )
}

/** Signal 0 only asks; EPERM means that it is there and belongs to another user (kill(2)). */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    return errorCode(thrown) === 'EPERM'
  }
}

function readOwner(folder: string): { pid?: number; url?: string; command?: string } {
  try {
    return JSON.parse(readFileSync(join(folder, OWNER_FILE), 'utf8'))
  } catch {
    return {}
  }
}

/**
 * `the user dana (uid 1000)`, if the state was made by another user than this process's, so that its permissions stay
 * as they are. Undefined if nothing was made yet.
 */
export function otherUser(folder: string, file: string): string | undefined {
  const uid = uidOf(file) ?? (isClosed(folder) ? uidOf(folder) : undefined)
  if (uid === undefined || uid === process.getuid?.()) return undefined
  const name = nameOf(uid)
  return name === undefined ? `the user with uid ${uid}` : `the user ${name} (uid ${uid})`
}

function uidOf(path: string): number | undefined {
  try {
    return statSync(path).uid
  } catch {
    return undefined
  }
}

/** Whether this process may not look into the folder. */
function isClosed(folder: string): boolean {
  try {
    accessSync(folder, constants.X_OK)
    return false
  } catch {
    return true
  }
}

function nameOf(uid: number): string | undefined {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
    return lines.map((line) => line.split(':')).find(([, , id]) => id === `${uid}`)?.[0]
  } catch {
    return undefined
  }
}
