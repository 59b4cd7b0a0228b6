/**
 * The sink `kafka` is tested against librdkafka's mock cluster, and read back by kcat. What is absent is installed if that
 * is possible here (Debian or Ubuntu, as root), else a line says how: then those tests alone are left out. Plain JavaScript
 * that Node 18 understands.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const runs = (command, option) => spawnSync(command, [option], { stdio: 'ignore' }).status === 0
const isThere = () =>
  runs('kcat', '-V') && runs('cc', '--version') && existsSync('/usr/include/librdkafka/rdkafka_mock.h')

if (!isThere()) {
  if (process.getuid?.() === 0 && runs('apt-get', '--version')) {
    process.stderr.write('auditferry: installing kcat and librdkafka for the tests\n')
    apt('update')
    apt('install', '-y', '--no-install-recommends', 'kcat', 'librdkafka-dev', 'gcc', 'libc6-dev')
  }
  if (!isThere()) {
    process.stderr.write(
      'auditferry: test/kafka is left out, for it needs kcat, a C compiler and librdkafka (1.9 or newer): `apt-get install kcat librdkafka-dev gcc libc6-dev`\n',
    )
  }
}

function apt(...args) {
  spawnSync('apt-get', ['-q', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
