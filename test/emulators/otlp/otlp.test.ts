import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Otlp, startOtlp } from './otlp.ts'

let receiver: Otlp

beforeEach(async () => {
  receiver = await startOtlp()
})
afterEach(() => receiver.stop())

async function statusOf(...keys: readonly string[]): Promise<number> {
  const attributes = keys.map((key) => ({ key, value: { stringValue: 'x' } }))
  const logRecords = [{ timeUnixNano: '1', attributes }]
  const resource = { attributes: [] }
  const { status } = await fetch(`${receiver.url}/v1/logs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${receiver.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 's' }, logRecords }] }] }),
  })
  return status
}

test('a key that comes twice is refused, in whatever order keys came before', async () => {
  expect(await statusOf('a', 'c')).toBe(200)
  expect(await statusOf('a', 'b', 'c', 'd')).toBe(200)
  expect(await statusOf('d', 'b', 'a')).toBe(200)
  expect(await statusOf()).toBe(200)
  expect(await statusOf('a', 'b', 'a')).toBe(400)
  expect(await statusOf('a', 'a')).toBe(400)
  expect(await statusOf('d', 'new', 'new')).toBe(400)
  expect(await statusOf('new', 'c', 'c')).toBe(400)
})

test('a text in protobuf is UTF-8', async () => {
  const statusOfText = async (bytes: readonly number[]) => {
    const text = [0x0a, bytes.length, ...bytes]
    const value = [0x12, text.length, ...text]
    const attribute = [0x32, value.length + 3, 0x0a, 1, 0x61, ...value]
    const record = [0x09, 1, 0, 0, 0, 0, 0, 0, 0, ...attribute]
    const records = [0x0a, 0, 0x12, record.length, ...record]
    const logs = [0x0a, 0, 0x12, records.length, ...records]
    const { status } = await fetch(`${receiver.url}/v1/logs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${receiver.token}`, 'content-type': 'application/x-protobuf' },
      body: Uint8Array.from([0x0a, logs.length, ...logs]),
    })
    return status
  }
  expect(await statusOfText([...Buffer.from('a\ufffd佐')])).toBe(200)
  expect(await statusOfText([0x61, 0xff])).toBe(400)
  expect(await statusOfText([0xc3])).toBe(400)
})
