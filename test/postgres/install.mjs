/**
 * The tests of an archive in PostgreSQL need a real server. Where it is absent it is installed if that is possible here
 * (Debian or Ubuntu, as root), else a line says how. Plain JavaScript that Node 18 understands.
 */
import { spawnSync } from 'node:child_process'
import { postgresFolder } from './programs.mjs'

if (postgresFolder() === undefined) {
  const canInstall =
    process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0
  if (canInstall) {
    process.stderr.write('auditferry: installing postgresql for the tests\n')
    apt('update')
    // RUNLEVEL keeps the package from starting a server of its own.
    apt('install', '-y', '--no-install-recommends', 'postgresql')
  }
  if (postgresFolder() === undefined) {
    process.stderr.write(
      'auditferry: the tests need PostgreSQL (14 or newer): `apt-get install postgresql`, `apk add postgresql` or `brew install postgresql`\n',
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
