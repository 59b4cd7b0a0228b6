/** The bench replaces parts of the ledger's modules, by their addresses. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SCRIPT = `
  const { minutesOf, PACKED_UID_BYTES } = await import('./src/ledger/minutes.ts')
  await import('./src/engine/engine.ts')
  process.stdout.write(JSON.stringify([minutesOf([{ uid: 'ab'.repeat(32), timestamp: 60 }]), PACKED_UID_BYTES]))`

it('an engine of the bench loads without the ledger, and with all else that is in its modules', async () => {
  const args = ['--import', './bench/without-ledger.ts', '--input-type=module', '--eval', SCRIPT]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
  expect(stdout).toBe('[[],8]')
})
