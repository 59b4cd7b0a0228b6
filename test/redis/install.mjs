/**
 * The tests of several workers need a real redis-server. Where it is absent it is installed if that is possible here
 * (Debian or Ubuntu, as root), else a line says how. Plain JavaScript that Node 18 understands.
 */
import { spawnSync } from 'node:child_process'

const isThere = () => spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0

if (!isThere()) {
  const canInstall =
    process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0
  if (canInstall) {
    process.stderr.write('auditferry: installing redis-server for the tests\n')
    apt('update')
    // RUNLEVEL keeps the package from starting a server of its own.
    apt('install', '-y', '--no-install-recommends', 'redis-server')
  }
  if (!isThere()) {
    process.stderr.write(
      'auditferry: the tests need redis-server (6.2 or newer): `apt-get install redis-server`, `apk add redis` or `brew install redis`\n',
    )
    process.exit(1)
  }
}

function apt(...args) {
  spawnSync('apt-get', ['-q', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  })
}
