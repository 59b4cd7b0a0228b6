import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadConfigText } from '../../../src/config/load.ts'
import { write } from '../../../test/conformance/deliver.ts'
import { openFile, scratchFolder } from './scratch.ts'

const errorsOf = async (options: string) => {
  const sources = 'sources: { acme: { type: pulumi, organization: acme, access_token: x } }\n'
  const result = await loadConfigText(
    `${sources}sinks: { local: { type: file, ${options} } }\n`,
    'auditferry.yaml',
    {},
  )
  return result.ok ? [] : result.errors.map(({ path, message }) => `${path}: ${message}`)
}

it('is refused where it is impossible, at its own key', async () => {
  expect(await errorsOf('path: a.ndjson, integrity: chain')).toEqual([])
  expect(await errorsOf('path: a.csv, integrity: chain, format: csv')).toEqual([
    'sinks.local.integrity: chain needs format: native; csv has no place for it',
  ])
  expect(await errorsOf('path: "-", integrity: chain')).toEqual([
    expect.stringContaining('sinks.local.integrity: standard output cannot be read back'),
  ])
})

it('is reported in the log, once, if it is switched off for a file that has one', async () => {
  const path = join(await scratchFolder(), 'audit.ndjson')
  const chained = openFile({ path, integrity: 'chain' })
  await write(chained.sink, chained.batchOf(1))
  await chained.sink.close()
  expect(chained.log).toEqual([])
  for (const warnings of [1, 0]) {
    const { sink, batchOf, log } = openFile({ path })
    await write(sink, batchOf(1, 1))
    await sink.close()
    expect(log).toHaveLength(warnings)
    for (const line of log) expect(line).toMatch(/without a chain .* move it and .*\.head away before/)
  }
})
