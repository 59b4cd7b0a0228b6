/** The exact lines of the formats that contain the record or its columns. */
import { expect, test } from 'vitest'
import { lineFormat } from '../../src/formats/formats.ts'
import { eventOfEachKind } from './sample-events.ts'

test.each([
  ['native', 'native.ndjson'],
  ['raw', 'raw.ndjson'],
  ['csv', 'csv.csv'],
  ['pulumi_csv', 'pulumi-csv.csv'],
] as const)('%s: one event of each kind, as it is written', async (name, file) => {
  const { header, lineEnd, encode } = lineFormat(name)
  const lines = [...(header === undefined ? [] : [header]), ...eventOfEachKind().map(encode)]
  await expect(lines.map((line) => line + lineEnd).join('')).toMatchFileSnapshot(`golden/${file}`)
})
