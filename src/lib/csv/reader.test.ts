import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CsvRow, createCsvReader } from './reader.ts'

const HEADER = 'Timestamp,Login,Description\n'

/** Rows, and malformed lines as `reason|bytes`, of a text that arrives in pieces of `size` bytes. */
function read(
  text: string | Buffer,
  size = Number.POSITIVE_INFINITY,
  rowLimit?: number,
): (CsvRow | string)[] {
  const bytes = Buffer.from(text)
  const reader = createCsvReader(rowLimit)
  const found: (CsvRow | string)[] = []
  const collect = ({ rows, bytesOf }: ReturnType<typeof reader.end>) => {
    rows.forEach((row, at) => {
      found.push('malformed' in row ? `${row.malformed}|${Buffer.from(bytesOf(at)).toString('latin1')}` : row)
    })
  }
  for (let at = 0; at < bytes.length; at += size) collect(reader.push(bytes.subarray(at, at + size)))
  collect(reader.end())
  return found
}

describe('well-formed text', () => {
  const cases: [string, string, string[][]][] = [
    ['an empty body', '', []],
    ['a header alone', HEADER, []],
    [
      'LF',
      `${HEADER}1,a,b\n2,c,d\n`,
      [
        ['1', 'a', 'b'],
        ['2', 'c', 'd'],
      ],
    ],
    [
      'CR LF, plain and quoted last cells',
      'A,B\r\n1,x\r\n2,"y"\r\n',
      [
        ['1', 'x'],
        ['2', 'y'],
      ],
    ],
    ['no line end at the end', `${HEADER}1,a,b`, [['1', 'a', 'b']]],
    ['a byte order mark and a quoted header', '\uFEFF"A","B"\n1,2\n', [['1', '2']]],
    [
      'doubled quotes, commas, newlines',
      `${HEADER}1,"a ""b"", c","d\r\ne\n"\n`,
      [['1', 'a "b", c', 'd\r\ne\n']],
    ],
    ['a quoted CR at the end of a row', 'A,B\n1,"x\r"\n', [['1', 'x\r']]],
    [
      'empty lines',
      `${HEADER}\n1,a,b\n\r\n\n2,,\n`,
      [
        ['1', 'a', 'b'],
        ['2', '', ''],
      ],
    ],
    ['NUL and UTF-8', `${HEADER}1,J\u00f6rg,a\0b \u{1F600}\n`, [['1', 'J\u00f6rg', 'a\0b \u{1F600}']]],
  ]
  it.each(cases)('reads %s, however it is cut', (_, text, rows) => {
    for (const size of [1, 2, 3, 7, 1000]) expect(read(text, size)).toEqual(rows)
  })

  it('reads a description of 10 MB', () => {
    const description = 'He said ""so"",\n'.repeat(700_000)
    const [long, next] = read(`${HEADER}1,a,"${description}"\n2,b,c\n`, 128 * 1024)
    expect((long as string[])[2] === description.replaceAll('""', '"')).toBe(true)
    expect(next).toEqual(['2', 'b', 'c'])
  })
})

describe('malformed rows', () => {
  const cases: [string, string, string][] = [
    ['a missing closing quote', '2,b,"no end', 'text follows a closing quote|2,b,"no end'],
    ['a missing opening quote', '2,b,no "start"', 'a quote stands inside an unquoted field|2,b,no "start"'],
    ['text behind a closing quote', '2,"b"x,c', 'text follows a closing quote|2,"b"x,c'],
    ['blanks behind a closing quote', '2,"b" ,c', 'text follows a closing quote|2,"b" ,c'],
    ['too few fields', '2,b', '2 fields where the header has 3|2,b'],
    ['too many fields', '2,b,c,d', '4 fields where the header has 3|2,b,c,d'],
    ['bytes that are no UTF-8', '2,\xff', '2 fields where the header has 3|2,\xff'],
  ]
  it.each(cases)('gives up %s and nothing else, however it is cut', (_, line, unreadable) => {
    const text = Buffer.from(`${HEADER}1,a,"b ""x"""\n${line}\n3,c,"d ""y"""\n4,e,f\n`, 'latin1')
    const rows = [['1', 'a', 'b "x"'], unreadable, ['3', 'c', 'd "y"'], ['4', 'e', 'f']]
    for (const size of [1, 3, 1000]) expect(read(text, size)).toEqual(rows)
  })

  it('gives back a line of a CR LF text without its end', () => {
    const rows = ['a quote stands inside an unquoted field|1,a,b"c', ['2', 'd', 'e']]
    for (const end of ['\r\n', '\r', '']) expect(read(`A,B,C\r\n1,a,b"c\r\n2,d,e${end}`)).toEqual(rows)
  })

  it('gives up an unclosed quote if no other quote follows', () => {
    const rows = ['a quote is not closed|1,a,"b', ['2', 'c', 'd'], ['3', 'e', 'f']]
    for (const size of [1, 5, 1000]) expect(read(`${HEADER}1,a,"b\n2,c,d\n3,e,f\n`, size)).toEqual(rows)
  })

  it('gives up a line that swallowed part of its neighbour, but not the neighbour', () => {
    const tooFew = ['2 fields where the header has 3|1,"a', ['2', '\nb', 'c']]
    expect(read(`${HEADER}1,"a\n2,"\nb",c\n`)).toEqual(tooFew)
    const stray = ['a quote stands inside an unquoted field|1,"a,b', ['2', ',b', 'c']]
    expect(read(`${HEADER}1,"a,b\n2,",b",c\n`)).toEqual(stray)
  })

  it('takes a bad first line for the header, so that nothing is mistaken for rows', () => {
    const reader = createCsvReader()
    expect(reader.push(Buffer.from('{"message":"later"}\n{"more":1}\n')).rows).toMatchObject([
      { malformed: expect.any(String) },
    ])
    expect(reader.header()).toEqual(['{"message":"later"}\n'])
  })

  it('searches no further than the limit for a closing quote', () => {
    const lines = Array.from({ length: 50 }, (_, at) => `${at},c,d`)
    const text = `${HEADER}1,a,"b\n${lines.join('\n')}\n9,"x",y\n`
    const rows = ['a quote is not closed|1,a,"b', ...lines.map((line) => line.split(',')), ['9', 'x', 'y']]
    expect(read(text, 10, 100)).toEqual(rows)
  })

  it('gives a line beyond the limit back piece by piece', () => {
    const line = 'x'.repeat(500)
    const found = read(`${HEADER}${line}\n1,a,b\n`, 10, 100)
    expect(found.at(-1)).toEqual(['1', 'a', 'b'])
    const bytes = found.slice(0, -1).map((it) => String(it).split('|')[1])
    expect(bytes.join('')).toBe(line)
  })
})

it('gives back what was written, wherever the pieces end', () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '\0', 'é', '佐', '\u{1F600}', "'"),
  })
  const row = fc.tuple(fc.string({ minLength: 1, unit: fc.constantFrom('1', '2') }), cell, cell)
  const file = fc.record({
    rows: fc.array(row),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    size: fc.integer({ min: 1, max: 40 }),
  })
  fc.assert(
    fc.property(file, ({ rows, lineEnd, size }) => {
      const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
      const text = ['A,B,C', ...rows.map((cells) => cells.map(quoted).join(','))].join(lineEnd)
      expect(read(text, size)).toEqual(rows)
    }),
  )
})

it('loses no byte of arbitrary text: each comes back as a row or as a malformed line', () => {
  const line = fc.string({ unit: fc.constantFrom('1', 'b', '"', '"', ',', ',', ' ', '\r') })
  fc.assert(
    fc.property(fc.array(line), fc.integer({ min: 1, max: 30 }), (lines, size) => {
      const text = `A,B,C\n${lines.join('\n')}\n`
      const whole = read(text)
      expect(read(text, size)).toEqual(whole)
      const count = (all: string) => [...all].filter((it) => it === 'b').length
      expect(count(JSON.stringify(whole.map((it) => (typeof it === 'string' ? it.split('|')[1] : it))))).toBe(
        count(lines.join('')),
      )
    }),
  )
})
