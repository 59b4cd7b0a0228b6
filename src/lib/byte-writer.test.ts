import { expect, test } from 'vitest'
import { ByteWriter } from './byte-writer.ts'

const LONG = 'a word and another one, '.repeat(20)

test('every UTF-16 unit is quoted as JSON.stringify does, in short and in long text', () => {
  for (const tail of ['b', LONG]) {
    const units = Array.from({ length: 0x10000 }, (_, unit) => `a${String.fromCharCode(unit)}${tail}`)
    const wrong = units.filter((text) => written((out) => out.json(text)) !== JSON.stringify(text))
    expect(wrong).toEqual([])
  }
})

test.each(['', 'plain', 'a "b" \\c', '\ud83d\ude00', '\ude00\ud83d'])('so is %j', (text) => {
  expect(written((out) => out.json(text))).toBe(JSON.stringify(text))
})

test('every character is quoted as JSON.stringify does, from its UTF-8 bytes', () => {
  const characters = Array.from({ length: 0x110000 }, (_, code) =>
    code >= 0xd800 && code < 0xe000 ? 'x' : String.fromCodePoint(code),
  )
  for (let at = 0; at < characters.length; at += 0x1000) {
    const text = characters.slice(at, at + 0x1000).join('')
    expect(written((out) => out.jsonOf(Buffer.from(text))) === JSON.stringify(text), `${at}`).toBe(true)
  }
})

test.each(['', 'plain', '"', '\u0001'.repeat(5_000)])('so is %j from its bytes', (text) => {
  expect(written((out) => out.jsonOf(Buffer.from(text)))).toBe(JSON.stringify(text))
})

test.each([0, 1, 40, 41, 200])('of bytes, %i from the middle are written', (length) => {
  const bytes = Buffer.from(LONG)
  expect(written((out) => out.bytes(bytes, 7, 7 + length))).toBe(LONG.slice(7, 7 + length))
})

test('a long text that comes again is written again, and no other in its place', () => {
  const other = `${LONG.slice(0, -1)}!`
  const texts = [LONG, LONG, 'short', LONG, other, LONG]
  const out = new ByteWriter()
  for (let round = 0; round < 2; round++) {
    out.clear()
    out.text('x'.repeat(round))
    for (const text of texts) out.json(text)
    expect(out.toString()).toBe('x'.repeat(round) + texts.map((text) => JSON.stringify(text)).join(''))
  }
})

test('grows, whatever is written, and keeps what was', () => {
  const writes: ((out: ByteWriter, text: string) => void)[] = [
    (out, text) => out.text(text),
    (out, text) => out.json(text),
    (out, text) => out.bytes(Buffer.from(text)),
    (out, text) => {
      for (const byte of Buffer.from(text)) out.byte(byte)
    },
  ]
  for (const write of writes) {
    for (const text of ['ü', '🔐', '\u0001', 'plain']) {
      const out = new ByteWriter()
      const one = written((single) => write(single, text))
      for (let i = 0; i < 30_000; i++) write(out, text)
      expect(out.toString() === one.repeat(30_000)).toBe(true)
      expect(out.written(out.size - Buffer.byteLength(one)).toString()).toBe(one)
    }
  }
})

test('a huge text does not keep its memory for ever', () => {
  const out = new ByteWriter()
  out.text('ü'.repeat(10_000_000))
  expect(out.size).toBe(20_000_000)
  out.clear()
  out.text('a')
  expect(out.written().buffer.byteLength).toBeLessThan(1_000_000)
})

test('members become an object, with or without any', () => {
  const out = new ByteWriter()
  out.closeObject(out.size)
  const start = out.size
  out.ascii(',"a":1,"b":2')
  out.closeObject(start)
  expect(out.toString()).toBe('{}{"a":1,"b":2}')
})

function written(write: (out: ByteWriter) => void): string {
  const out = new ByteWriter()
  write(out)
  return out.toString()
}
