import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { csv } from '../formats/csv.ts'
import type { StoredEvent } from '../formats/read-back.ts'
import { storedLines } from './stored-lines.ts'

const format = csv({ formula_guard: true })
const uid = (digit: string) => digit.repeat(64)

function fileOf(...descriptions: string[]): Buffer {
  const rows = descriptions.map((description, at) => {
    const cells = Array.from({ length: 16 }, () => '')
    cells[0] = '2026-11-22T22:00:00Z'
    cells[4] = `"${description}"`
    cells[15] = uid(`${at + 1}`)
    return cells.join(',')
  })
  return Buffer.from([format.header, ...rows, ''].join('\r\n'))
}

function pieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
}

async function descriptionsOf(parts: readonly Buffer[]): Promise<(string | undefined)[]> {
  const lines = await Array.fromAsync(storedLines('out.csv', Readable.from(parts), format))
  return lines.map((it) => (typeof it === 'string' ? it : (it as StoredEvent).facts.Description))
}

it('reads a character whose bytes come in two pieces', async () => {
  const texts = ['é', '日本', '😀']
  expect(await descriptionsOf(pieces(fileOf(...texts), 1))).toEqual(texts)
})

it.each([
  ['carriage returns', 'a\rb'.repeat(100)],
  ['line feeds', 'a\nb'.repeat(100)],
  ['both', '\n\r\n\r'.repeat(100)],
])('takes %s inside a cell that comes in two pieces for text', async (_, text) => {
  const texts = [text, 'next']
  expect(await descriptionsOf(pieces(fileOf(...texts), 200))).toEqual(texts)
})

it('says where a row is invalid, and continues after it', async () => {
  const [first = '', ...rows] = fileOf('a', 'b').toString().split('\r\n')
  const torn = Buffer.from([first, 'x,y', ...rows].join('\r\n'))
  expect(await descriptionsOf([torn])).toEqual(['out.csv, event 1', 'a', 'b'])
})

it('leaves a row alone whose line end is not there yet', async () => {
  const whole = fileOf('a', 'b')
  expect(await descriptionsOf([whole.subarray(0, -40)])).toEqual(['a'])
})
