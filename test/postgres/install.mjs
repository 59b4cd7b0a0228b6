/**
 * The tests of an archive in PostgreSQL need a real server. If it can't be installed, a line says how to. Plain
 * JavaScript that Node 18 understands.
 */
import { aptInstall, provide, tell } from '../debian.mjs'
import { postgresFolder } from './programs.mjs'

const isThere = () => postgresFolder() !== undefined

if (!provide('postgresql', isThere, () => aptInstall('postgresql'))) {
  tell(
    'the tests need PostgreSQL (14 or newer): `apt-get install postgresql`, `apk add postgresql` or `brew install postgresql`',
  )
  process.exit(1)
}
