import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { SourceRecord } from '../../../src/connector.ts'
import { columnsOf, recordOfEntry, recordOfRow } from './normalise.ts'
import { secondsOf, timestampFault } from './time.ts'
import { recordsOfExport } from './v1.ts'
import { readList } from './v2.ts'

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url))

async function collect(chunks: AsyncIterable<readonly SourceRecord[]>): Promise<SourceRecord[]> {
  const records: SourceRecord[] = []
  for await (const chunk of chunks) records.push(...chunk)
  return records
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

const TOO_EARLY = 'timestamp lies before 2001: no time was set, or it is no Unix time in seconds'

describe('samples of the documentation', () => {
  it.each(['export-9', 'export-13'])('%s.csv give the expected records', async (name) => {
    const records = await collect(
      recordsOfExport(inOnePiece(fixture(`${name}.csv`)), { latest: Number.POSITIVE_INFINITY }),
    )
    const plain = records.map((record) => ('raw' in record ? { ...record, raw: record.raw } : record))
    expect(plain).toEqual(JSON.parse(fixture(`${name}.expected.json`).toString()))
  })

  it.each(['list-2021', 'list-2026'])('%s.json give the expected records', async (name) => {
    const list = readList(inOnePiece(fixture(`${name}.json`)), Number.POSITIVE_INFINITY)
    const records = await collect(list.records)
    expect({ token: list.token(), records }).toEqual(JSON.parse(fixture(`${name}.expected.json`).toString()))
  })
})

const SECOND = 1_618_175_392
const LATEST = SECOND + 1

describe('timestamps', () => {
  const cases: [string, number][] = [
    ['2021-04-11T21:09:52Z', 1618175392],
    ['2024-02-29T00:00:00Z', 1709164800],
    ['1970-01-01T00:00:00Z', 0],
    ['1618175392', 1618175392],
    ['1618175392.9', 1618175392],
    ['2021-04-11T21:09:52.999Z', 1618175392],
    ['2021-04-11T23:09:52+02:00', 1618175392],
    ['2021-04-11 21:09:52Z', 1618175392],
    // A leap second counts as the second after it, as in Unix time.
    ['2016-12-31T23:59:60Z', 1483228800],
    ['2016-12-31T15:59:60.5-08:00', 1483228800],
    ['2016-12-31T23:58:60Z', Number.NaN],
    ['2016-12-31T23:59:61Z', Number.NaN],
    ['2023-02-29T00:00:00Z', Number.NaN],
    ['2023-13-01T00:00:00Z', Number.NaN],
    ['2023-01-01T24:00:01Z', Number.NaN],
    ['2023-01-0aT00:00:00Z', Number.NaN],
    ['web 12', Number.NaN],
    ['', Number.NaN],
    [' ', Number.NaN],
  ]
  it.each(cases)('%j is %d', (text, second) => expect(secondsOf(text)).toBe(second))

  it.each([
    [Number.NaN, 'timestamp is missing or not a time'],
    [-1, TOO_EARLY],
    [0, TOO_EARLY],
    [999_999_999, TOO_EARLY],
    [secondsOf('9999-01-01T00:00:00Z'), 'timestamp lies after the year 9998'],
    [secondsOf('9998-12-31T23:59:59Z'), 'timestamp lies in the future'],
    [LATEST + 1, 'timestamp lies in the future'],
    [LATEST, undefined],
    [1_000_000_000, undefined],
  ])('%d: %s', (second, fault) => expect(timestampFault(second, LATEST)).toBe(fault))

  it('believes a server without a clock only as far as the spool can store: one record beyond would stop the reading', () => {
    const last = secondsOf('2106-02-07T06:28:15Z')
    expect(timestampFault(last, Number.POSITIVE_INFINITY)).toBeUndefined()
    for (const second of [last + 1, secondsOf('9998-12-31T23:59:59Z')])
      expect(timestampFault(second, Number.POSITIVE_INFINITY)).toBe('timestamp lies in the future')
  })
})

describe('rows', () => {
  it('are read by the names of the header: any order, letter case, blanks, extra and missing columns', () => {
    const columns = columnsOf([
      ' Description ',
      'login',
      'Region',
      'TIMESTAMP',
      'AuthenticationFailure',
      '',
      'Region',
    ])
    const record = recordOfRow(['text', 'dana', 'eu', `${SECOND}`, 'true', 'x', 'us'], columns, LATEST)
    expect(record).toMatchObject({
      timestamp: SECOND,
      login: 'dana',
      description: 'text',
      authFailure: true,
      tokenId: '',
      event: '',
    })
    expect(JSON.parse((record as { raw: string }).raw)).toEqual({
      Description: 'text',
      login: 'dana',
      Region: 'eu',
      TIMESTAMP: `${SECOND}`,
      AuthenticationFailure: 'true',
      'column 6': 'x',
      'Region 7': 'us',
    })
  })
})

describe('entries', () => {
  it('need a timestamp and nothing else', () => {
    expect(recordOfEntry({ timestamp: `${SECOND}` }, '{}', LATEST)).toMatchObject({
      timestamp: SECOND,
      event: '',
      login: '',
      orgAdmin: false,
      authFailure: false,
    })
    for (const user of [null, 'dana', []])
      expect(recordOfEntry({ timestamp: SECOND + 0.9, user }, '{}', LATEST)).toMatchObject({
        timestamp: SECOND,
        login: '',
      })
  })

  it.each([null, 'text', 7, [], undefined])('%j is not one', (entry) => {
    expect(recordOfEntry(entry, '', 10)).toBe('entry is not an object')
  })

  it.each([
    ['9007199254740993', '9007199254740993'],
    ['9007199254740991', '9007199254740991'],
    ['-12345678901234567890123', '-12345678901234567890123'],
    ['1e400', '1e400'],
    ['7', '7'],
    ['7.0', '7'],
    ['"9007199254740993"', '9007199254740993'],
  ])('read the number %s of an id as it was written', (written, id) => {
    const text = `{"timestamp":${SECOND},"tokenID":${written},"user":{"githubLogin":${written}}}`
    expect(recordOfEntry(JSON.parse(text), text, LATEST)).toMatchObject({ tokenId: id, login: id })
  })

  it('keep a raw line of one line', async () => {
    const text = `{"auditLogEvents":[{\n  "timestamp": ${SECOND},\n  "new": "a\\\\nb"\n}, {"timestamp":${LATEST},"new":"\\\\u003c"}]}`
    const records = await collect(readList(inOnePiece(Buffer.from(text)), LATEST).records)
    expect(records.map((it) => 'raw' in it && it.raw)).toEqual([
      `{"timestamp":${SECOND},"new":"a\\\\nb"}`,
      `{"timestamp":${LATEST},"new":"\\\\u003c"}`,
    ])
  })

  it('that make no sense come with their bytes', async () => {
    const text = `{"auditLogEvents":[{"timestamp":${SECOND}},{"timestamp":"soon"},{nonsense}, 5]}`
    const records = await collect(readList(inOnePiece(Buffer.from(text)), LATEST).records)
    expect(
      records.slice(1).map((it) => 'unreadable' in it && [it.unreadable, Buffer.from(it.bytes).toString()]),
    ).toEqual([
      ['timestamp is missing or not a time', '{"timestamp":"soon"}'],
      ['entry is not valid JSON', '{nonsense}'],
      ['entry is not an object', ' 5'],
    ])
  })
})
