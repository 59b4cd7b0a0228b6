/**
 * The tests of several workers need a real redis-server. If it can't be installed, a line says how to. Plain JavaScript
 * that Node 18 understands.
 */
import { aptInstall, provide, runs, tell } from '../debian.mjs'

const isThere = () => runs('redis-server')

if (!provide('redis-server', isThere, () => aptInstall('redis-server'))) {
  tell(
    'the tests need redis-server (6.2 or newer): `apt-get install redis-server`, `apk add redis` or `brew install redis`',
  )
  process.exit(1)
}
