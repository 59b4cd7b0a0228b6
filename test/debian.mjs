/**
 * Programs that tests need, from Debian or Ubuntu packages; they are installed if possible, which takes root. Plain
 * JavaScript that Node 18 understands.
 */
import { spawnSync } from 'node:child_process'

/** Tries to install a program that is missing. Returns whether it is there in the end. */
export function provide(name, isThere, install) {
  if (isThere()) return true
  if (process.getuid?.() !== 0 || !runs('apt-get')) return false
  tell(`installing ${name} for the tests`)
  apt(['update'])
  install()
  return isThere()
}

export function runs(command, option = '--version') {
  return spawnSync(command, [option], { stdio: 'ignore' }).status === 0
}

export function tell(line) {
  process.stderr.write(`auditferry: ${line}\n`)
}

export function aptInstall(...packages) {
  apt(['install', '-y', '--no-install-recommends', ...packages])
}

export function apt(args, cwd) {
  spawnSync('apt-get', ['-q', ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    // RUNLEVEL keeps the packages from starting their own servers.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  })
}
