/** Endless answers are refused with bounded memory, and nothing of the log is skipped. */
import { expect, it } from 'vitest'
import type { Answer, SourceRecord } from '../../src/connector.ts'
import { messageOf } from '../../src/errors.ts'
import type { Page } from '../../src/poll/pages.ts'
import { readDown } from '../../src/poll/reader.ts'
import { recordOf } from './reader-script.ts'

const CHUNK = 1_000

/** The first records, then `repeat` for ever. */
function endless(first: readonly SourceRecord[], repeat: SourceRecord, token?: string): Answer {
  return {
    serverTime: undefined,
    variant: 'v1',
    token: () => token,
    bytesRead: () => 0,
    records: (async function* () {
      yield first
      for (;;) yield Array<SourceRecord>(CHUNK).fill(repeat)
    })(),
  }
}

async function read(answers: Answer[], position = Number.POSITIVE_INFINITY) {
  const pages: Page[] = []
  const failure = await readDown({
    before: 100,
    position,
    notBefore: 5,
    end: () => 5,
    ask: async () => answers.shift() ?? Promise.reject(new Error('asked once more')),
    emit: async (page, isLast) => {
      expect(isLast).toBe(false)
      pages.push(page)
    },
  }).then(
    () => 'none',
    (error: unknown) => messageOf(error),
  )
  return { failure, pages }
}

const TOO_MUCH = /can't be trusted: second 8 holds more than 200000 records or 128 MiB/

it('one second of short records', async () => {
  const { failure, pages } = await read([endless([recordOf('9a')], recordOf('8a'))])
  expect(failure).toMatch(TOO_MUCH)
  expect(pages.every((page) => page.position > 8)).toBe(true)
})

it('one second of long records', async () => {
  const long = { ...recordOf('8a'), raw: 'x'.repeat(1024 * 1024) }
  const { failure } = await read([endless([recordOf('9a')], long)])
  expect(failure).toMatch(/more than 200000 records or 128 MiB \(129 records/)
})

it('one second that is known already', async () => {
  expect((await read([endless([], recordOf('8a'))], 8)).failure).toMatch(TOO_MUCH)
})

it.each(['8b', '9b'])('a page by token of a crowded second, full of %s', async (repeat) => {
  const shows = (text: string, token: string): Answer => ({
    ...endless([], recordOf('8a'), token),
    records: (async function* () {
      yield text.split(' ').map(recordOf)
    })(),
  })
  const answers = [shows('9a 8a', 'p0'), shows('8a 8a', 'p1'), endless([], recordOf(repeat))]
  expect((await read(answers)).failure).toMatch(TOO_MUCH)
})

it('records that cannot be understood: they are kept, then the answer is refused', async () => {
  const unreadable = { unreadable: 'text', bytes: Buffer.from('x') }
  const { failure, pages } = await read([endless([recordOf('9a')], unreadable)])
  expect(failure).toMatch(/101000 of its records in a row could not be understood/)
  expect(pages.flatMap((page) => page.unreadable)).toHaveLength(101_000)
})

it('long records that cannot be understood', async () => {
  const unreadable = { unreadable: 'text', bytes: Buffer.alloc(100_000) }
  const { failure } = await read([endless([recordOf('9a')], unreadable)])
  expect(failure).toMatch(/1000 of its records in a row could not be understood/)
})

it('long records of many seconds become pages of few', async () => {
  const long = 'x'.repeat(2 * 1024 * 1024)
  const records = Array.from({ length: 40 }, (_, at) => ({ ...recordOf(`${90 - at}a`), raw: long }))
  const answer: Answer = {
    ...endless([], recordOf('8a')),
    records: (async function* () {
      for (const record of records) yield [record]
      throw new Error('cut')
    })(),
  }
  const { failure, pages } = await read([answer])
  expect(failure).toBe('cut')
  expect(pages.length).toBeGreaterThan(3)
  expect(Math.max(...pages.map((page) => page.records.length))).toBeLessThanOrEqual(9)
})
