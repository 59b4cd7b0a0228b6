import { expect, it } from 'vitest'
import { loadConfigText } from '../../../src/config/load.ts'

const errorsOf = async (options: string) => {
  const sources = 'sources: { acme: { type: pulumi, organization: acme, access_token: x } }\n'
  const result = await loadConfigText(
    `${sources}sinks: { local: { type: file, ${options} } }\n`,
    'auditferry.yaml',
    {},
  )
  return result.ok ? [] : result.errors.map(({ path, message }) => `${path}: ${message}`)
}

it('is refused where there is no place for it, at its own key', async () => {
  expect(await errorsOf('path: a.ndjson, integrity: chain')).toEqual([])
  expect(await errorsOf('path: a.csv, integrity: chain, format: csv')).toEqual([
    'sinks.local.integrity: chain needs format: native; csv has no place for it',
  ])
  expect(await errorsOf('path: "-", integrity: chain')).toEqual([
    expect.stringContaining('sinks.local.integrity: standard output can not be read back'),
  ])
})
