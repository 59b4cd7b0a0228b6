/**
 * One installation at a time: two would delete each other's files, as would an npm that goes on after its `npm start`
 * was stopped. Plain JavaScript for any Node from 18 on.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** No installation takes longer. After a crash of the machine the number in the file may be another process's. */
const LONGEST_MS = 30 * 60_000

/**
 * Waits until nobody else installs into `root`, then holds the turn until the process ends. `heldBy` names the npm that
 * it started, which may outlive it.
 * @param {string} root
 */
export async function takeTurn(root) {
  // Not in node_modules, which npm empties.
  const file = join(root, '.installing')
  for (let waited = false; !write(file, process.pid, 'wx'); waited = true) {
    const other = holderOf(file)
    if (other === undefined) rmSync(file, { force: true })
    else if (!waited) {
      process.stderr.write(
        `auditferry: waiting for process ${other}, which installs the packages (${file})\n`,
      )
    }
    await sleep(100)
  }
  process.on('exit', () => rmSync(file, { force: true }))
  return { heldBy: (pid) => void write(file, pid, 'w') }
}

/** False if the file exists already. If nothing may be written here, npm will say why it fails. */
function write(file, pid, flag) {
  try {
    writeFileSync(file, `${pid}`, { flag })
  } catch (error) {
    return error.code !== 'EEXIST'
  }
  return true
}

/** The process that installs, unless it is gone. */
function holderOf(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs > LONGEST_MS) return undefined
    const pid = readFileSync(file, 'utf8')
    if (pid !== '') process.kill(Number(pid), 0)
    return pid
  } catch (error) {
    return error.code === 'EPERM' ? 'of another user' : undefined
  }
}
