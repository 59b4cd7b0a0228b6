/**
 * The tests of the console need Debian's Chromium. Where it is absent it is installed if that is possible here (Debian or
 * Ubuntu, as root), else a line says how, and the tests that need it fail. Plain JavaScript that Node 18 understands.
 */
import { spawnSync } from 'node:child_process'

const isThere = () => spawnSync('chromium', ['--version'], { stdio: 'ignore' }).status === 0

if (!isThere()) {
  const canInstall =
    process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0
  if (canInstall) {
    process.stderr.write('auditferry: installing chromium for the tests\n')
    apt('update')
    apt('install', '-y', '--no-install-recommends', 'chromium')
  }
  if (!isThere()) {
    process.stderr.write('auditferry: the tests of the console need chromium: `apt-get install chromium`\n')
  }
}

function apt(...args) {
  spawnSync('apt-get', ['-q', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
