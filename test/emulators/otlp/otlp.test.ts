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
