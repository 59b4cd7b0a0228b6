/**
 * The tests of the console need Debian's Chromium. If it can't be installed, a line says how to, and the tests that
 * need it fail. Plain JavaScript that Node 18 understands.
 */
import { aptInstall, provide, runs, tell } from '../debian.mjs'

const isThere = () => runs('chromium')

if (!provide('chromium', isThere, () => aptInstall('chromium'))) {
  tell('the tests of the console need chromium: `apt-get install chromium`')
}
