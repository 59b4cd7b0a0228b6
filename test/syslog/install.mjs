/**
 * The tests of the sink `syslog` need a real rsyslogd and a real syslog-ng. If they can't be installed, a line says how
 * to. The Debian packages of the two exclude each other, so syslog-ng is unpacked separately without being installed.
 * Plain JavaScript that Node 18 understands.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { apt, aptInstall, provide, tell } from '../debian.mjs'

/** Where syslog-ng is unpacked. */
const unpacked = fileURLToPath(new URL('../../node_modules/.cache/auditferry/syslog-ng', import.meta.url))

// They exit differently when asked for their version.
const isCommand = (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined
const hasRsyslog = () => isCommand('rsyslogd') || existsSync('/usr/sbin/rsyslogd')
const hasSyslogNg = () => isCommand('syslog-ng') || existsSync(join(unpacked, 'usr/sbin/syslog-ng'))
const isThere = () => hasRsyslog() && hasSyslogNg()

if (!provide('rsyslog and syslog-ng', isThere, install)) {
  tell(
    'the tests need rsyslogd with the gtls driver and syslog-ng (3.30 or newer): `apt-get install rsyslog rsyslog-gnutls`, `brew install rsyslog syslog-ng`',
  )
  process.exit(1)
}

function install() {
  if (!hasRsyslog()) aptInstall('rsyslog', 'rsyslog-gnutls')
  if (!hasSyslogNg()) unpackSyslogNg()
}

function unpackSyslogNg() {
  const folder = mkdtempSync(join(tmpdir(), 'syslog-ng-'))
  apt(['download', 'syslog-ng-core'], folder)
  const name = readdirSync(folder).find((file) => file.endsWith('.deb'))
  if (name !== undefined) {
    const archive = join(folder, name)
    const { stdout } = spawnSync('dpkg-deb', ['-f', archive, 'Depends'], { encoding: 'utf8' })
    const needed = stdout.split(',').map((text) => text.trim().split(/[\s|:(]/)[0])
    aptInstall(...needed)
    mkdirSync(unpacked, { recursive: true })
    spawnSync('dpkg-deb', ['-x', archive, unpacked], { stdio: 'inherit' })
  }
  rmSync(folder, { recursive: true, force: true })
}
