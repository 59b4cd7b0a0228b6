/**
 * The sink `kafka` is tested against librdkafka's mock cluster, and read back by kcat. If they can't be installed, a
 * line says how to, and only those tests are skipped. Plain JavaScript that Node 18 understands.
 */
import { existsSync } from 'node:fs'
import { aptInstall, provide, runs, tell } from '../debian.mjs'

const PACKAGES = ['kcat', 'librdkafka-dev', 'gcc', 'libc6-dev']
const isThere = () => runs('kcat', '-V') && runs('cc') && existsSync('/usr/include/librdkafka/rdkafka_mock.h')

if (!provide('kcat and librdkafka', isThere, () => aptInstall(...PACKAGES))) {
  tell(
    `test/kafka is left out, for it needs kcat, a C compiler and librdkafka (1.9 or newer): \`apt-get install ${PACKAGES.join(' ')}\``,
  )
}
