import { expect, it } from 'vitest'
import { lineFormat } from '../../../src/formats/formats.ts'
import { auditEvents } from '../../conformance/batches.ts'
import { createPlainReader } from './plain-object.ts'

const events = auditEvents(6)
const linesOf = (format: 'native' | 'ecs') =>
  events.map((event) => Buffer.from(lineFormat(format).encode(event)).toString())
const native = linesOf('native')
const uidOf = createPlainReader('uid')

it.each([
  ['native', 'uid'],
  ['ecs', '@timestamp'],
] as const)('knows events of %s as they are sent', (format, member) => {
  const lines = linesOf(format)
  expect(lines.map(createPlainReader(member))).toEqual(lines.map((line) => JSON.parse(line)[member]))
})

it.each([
  ['native', 'uid', [0, 4]],
  ['ecs', '@timestamp', [0]],
] as const)('takes no text of %s that JSON.parse refuses, or reads otherwise', (format, member, places) => {
  const pieces = [
    '',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
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
  const read = createPlainReader(member)
  const isWrong = (text: string) => {
    const found = read(text)
    return found !== undefined && found !== parsed(text, member)
  }
  const lines = linesOf(format)
  const wrong = places.flatMap((place) => {
    const line = lines[place] ?? ''
    return pieces.flatMap((piece) =>
      Array.from(line, (_, at) => at).flatMap((at) =>
        [0, 1].map((cut) => line.slice(0, at) + piece + line.slice(at + cut)).filter(isWrong),
      ),
    )
  })
  expect(wrong).toEqual([])
})

it.each(['"uid":"b"', '"\\u0075id":"b"', '"raw":{"uid":"b"}'])(
  'leaves one with %s to JSON.parse',
  (member) => {
    const [line = ''] = native
    expect(uidOf(`${line.slice(0, -1)},${member}}`)).toBe(undefined)
  },
)

function parsed(text: string, member: string): unknown {
  try {
    return JSON.parse(text)[member]
  } catch {
    return 'none'
  }
}
