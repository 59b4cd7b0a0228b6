/** `state import`: from a file or from standard input, and which parts are left out. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { register } from '../../src/cli/state.ts'
import { OperationError } from '../../src/errors.ts'
import { type MirrorDocument, writeDocument } from '../../src/mirror/document.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import { tempFolder } from '../engine/temp-folder.ts'
import { createHarness } from './harness.ts'

const EXPORTED = writeDocument({
  version: 1,
  writtenAt: '2026-11-22T22:00:00.000Z',
  sources: { acme: { state: freshSource }, lab: { state: freshSource } },
  sinks: {},
})

/** An engine whose configuration has only `acme`. */
function harnessOf() {
  const harness = createHarness(register)
  const imported: MirrorDocument[] = []
  Object.assign(harness.engine, {
    importState: async (document: MirrorDocument) => {
      imported.push(document)
      return ['acme']
    },
  })
  return { harness, imported }
}

test('names a file that is missing', async () => {
  const { harness } = harnessOf()
  const file = join(tempFolder(), 'state.json')
  await expect(harness.run('state', 'import', file)).rejects.toThrow(
    new OperationError(`${file}: no such file`),
  )
})

test('names the sources that are not in the configuration', async () => {
  const { harness } = harnessOf()
  const file = join(tempFolder(), 'state.json')
  writeFileSync(file, EXPORTED)
  expect(await harness.run('state', 'import', file)).toBe(
    'Imported: acme.\nLeft out, as the configuration does not have it: lab.\n',
  )
  expect(JSON.parse(await harness.run('state', 'import', file, '--json'))).toEqual({
    imported: ['acme'],
    leftOut: ['lab'],
    repeat: [],
  })
})

test('prints the backfill that nothing else would repeat', async () => {
  const { harness } = harnessOf()
  const counts = { polled: 0, spooled: 0, gaps: 0, unreadable: 0, unclear: 0 }
  const backfill = { from: 0, to: 60, parallel: 1, parts: [], startedAt: 0, ...counts }
  const state = { ...freshSource, backfill }
  harness.pipe(writeDocument({ version: 1, writtenAt: '', sources: { acme: { state } }, sinks: {} }))
  expect(await harness.run('state', 'import', '-')).toContain(
    'npx auditferry backfill --source acme --from 1970-01-01T00:00:00Z --to 1970-01-01T00:01:00Z\n',
  )
})

test('reads standard input for -', async () => {
  const { harness, imported } = harnessOf()
  harness.pipe(EXPORTED)
  await harness.run('state', 'import', '-')
  expect(Object.keys(imported[0]?.sources ?? {})).toEqual(['acme', 'lab'])
  harness.pipe(EXPORTED.slice(0, 40))
  await expect(harness.run('state', 'import', '-')).rejects.toThrow('standard input is damaged')
})
