import { expect, it } from 'vitest'
import { lineFormat } from '../../../src/formats/formats.ts'
import { auditEvents } from '../../conformance/batches.ts'
import { uidOfPlainEvent } from './plain-event.ts'

const lines = auditEvents(6).map((event) => Buffer.from(lineFormat('native').encode(event)).toString())

it('knows events as they are sent', () => {
  expect(lines.map(uidOfPlainEvent)).toEqual(lines.map((line) => JSON.parse(line).uid))
})

it('takes no text that JSON.parse refuses, or reads otherwise', () => {
  const pieces = [
    '',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ',',
    ':',
    '0',
    '01',
    '-',
    '.',
    'e5',
    'null',
    '\u0001',
    '\\u12',
  ]
  const isWrong = (text: string) => {
    const uid = uidOfPlainEvent(text)
    return uid !== undefined && uid !== parsedUid(text)
  }
  const [withToken = '', , , , withEscapes = ''] = lines
  const wrong = [withToken, withEscapes].flatMap((line) =>
    pieces.flatMap((piece) =>
      Array.from(line, (_, at) => at).flatMap((at) =>
        [0, 1].map((cut) => line.slice(0, at) + piece + line.slice(at + cut)).filter(isWrong),
      ),
    ),
  )
  expect(wrong).toEqual([])
})

it.each(['"uid":"b"', '"\\u0075id":"b"', '"raw":{"uid":"b"}'])(
  'leaves one with %s to JSON.parse',
  (member) => {
    const [line = ''] = lines
    expect(uidOfPlainEvent(`${line.slice(0, -1)},${member}}`)).toBe(undefined)
  },
)

function parsedUid(text: string): unknown {
  try {
    return JSON.parse(text).uid
  } catch {
    return 'none'
  }
}
