/**
 * The tests of the sink `syslog` need a real rsyslogd and a real syslog-ng. Where they are absent they are installed if
 * that is possible here (Debian or Ubuntu, as root), else a line says how. The two packages exclude each other there, so
 * syslog-ng is unpacked beside, without being installed. Plain JavaScript that Node 18 understands.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where syslog-ng is unpacked. */
const unpacked = fileURLToPath(new URL('../../node_modules/.cache/auditferry/syslog-ng', import.meta.url))

const runs = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
const hasRsyslog = () => runs('rsyslogd') || existsSync('/usr/sbin/rsyslogd')
const hasSyslogNg = () => runs('syslog-ng') || existsSync(join(unpacked, 'usr/sbin/syslog-ng'))

if (!hasRsyslog() || !hasSyslogNg()) {
  if (process.getuid?.() === 0 && runs('apt-get')) {
    process.stderr.write('auditferry: installing rsyslog and syslog-ng for the tests\n')
    apt(['update'])
    if (!hasRsyslog()) apt(['install', '-y', '--no-install-recommends', 'rsyslog', 'rsyslog-gnutls'])
    if (!hasSyslogNg()) unpackSyslogNg()
  }
  if (!hasRsyslog() || !hasSyslogNg()) {
    process.stderr.write(
      'auditferry: the tests need rsyslogd with the gtls driver and syslog-ng (3.30 or newer): `apt-get install rsyslog rsyslog-gnutls`, `brew install rsyslog syslog-ng`\n',
    )
    process.exit(1)
  }
}

function unpackSyslogNg() {
  const folder = mkdtempSync(join(tmpdir(), 'syslog-ng-'))
  apt(['download', 'syslog-ng-core'], folder)
  const name = readdirSync(folder).find((file) => file.endsWith('.deb'))
  if (name !== undefined) {
    const archive = join(folder, name)
    const { stdout } = spawnSync('dpkg-deb', ['-f', archive, 'Depends'], { encoding: 'utf8' })
    const needed = stdout.split(',').map((text) => text.trim().split(/[\s|:(]/)[0])
    apt(['install', '-y', '--no-install-recommends', ...needed])
    mkdirSync(unpacked, { recursive: true })
    spawnSync('dpkg-deb', ['-x', archive, unpacked], { stdio: 'inherit' })
  }
  rmSync(folder, { recursive: true, force: true })
}

function apt(args, cwd) {
  spawnSync('apt-get', ['-q', ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    // RUNLEVEL keeps the packages from starting servers of their own.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
  })
}
