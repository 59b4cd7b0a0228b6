import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import type { SourceRecord } from '../../../src/connector.ts'
import { openBody } from './body.ts'
import { CHECK_ADDRESS } from './refusal.ts'
import { readList } from './v2.ts'

const ENTRY = { timestamp: 1_795_384_700, event: 'stack-created', description: 'made' }
const ANSWER = Buffer.from(JSON.stringify({ auditLogEvents: [ENTRY], continuationToken: 'next' }))
const MARK = Buffer.from([0xef, 0xbb, 0xbf])

async function read(bytes: Buffer, size = bytes.length) {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
  const { pieces } = openBody({ status: 200, headers: {}, body: Readable.from(chunks) })
  const list = readList(pieces, Number.POSITIVE_INFINITY)
  const records: SourceRecord[] = []
  for await (const some of list.records) records.push(...some)
  return { records, token: list.token() }
}

it.each([1, 2, 3, 4, 1000])('reads a list behind a byte order mark, in pieces of %i bytes', async (size) => {
  const { records, token } = await read(Buffer.concat([MARK, ANSWER]), size)
  expect(records).toMatchObject([ENTRY])
  expect(token).toBe('next')
})

it('takes one mark off, at the very beginning only', async () => {
  await expect(read(Buffer.concat([MARK, MARK, ANSWER]))).rejects.toThrow()
  await expect(read(Buffer.concat([Buffer.from(' '), MARK, ANSWER]))).rejects.toThrow()
})

it.each([
  ['breaks off in an entry', ANSWER.subarray(0, 40), 'broke off before its end'],
  ['breaks off behind an entry', ANSWER.subarray(0, -20), 'broke off before its end'],
  ['has no byte', Buffer.of(), 'broke off before its end'],
  ['is malformed', Buffer.from('{"auditLogEvents":[],}'), 'is not valid JSON'],
  ['goes on behind its end', Buffer.from('{"auditLogEvents":[]} more'), 'is not valid JSON'],
])('a list that %s is reported in words, with a cure, and read again', async (_, bytes, problem) => {
  await expect(read(bytes)).rejects.toMatchObject({
    fault: 'transient',
    problem: `the list ${problem}`,
    cure: CHECK_ADDRESS,
  })
})
